// SPDX-License-Identifier: Apache-2.0
// Tests of ipc/agent_lock.
#include "ipc/agent_lock.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "core/base/held_lock.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using namespace vcs::ipc;
using test::must;
using test::TemporaryFolder;

namespace {

const AgentLock kLock{4711, 8812345, AgentState::running, "/run/user/1000/vcsd/vcsd.sock"};

std::unique_ptr<base::File> hold(const std::string& folder, const std::string& text) {
  const auto data = must(base::make_posix_filesystem()->open_directory(folder));
  return must(base::hold_lock(*data, kAgentLock, text));
}

}  // namespace

TEST_CASE("agent lock: what is written is read again") {
  for (const AgentState state : {AgentState::starting, AgentState::running, AgentState::stopping}) {
    AgentLock lock = kLock;
    lock.state = state;
    CHECK(parse_agent_lock(agent_lock_text(lock)) == lock);
    lock.socket = "/a folder\nof \xff two lines/socket 17";
    CHECK(parse_agent_lock(agent_lock_text(lock)) == lock);
  }
}

TEST_CASE("agent lock: its bytes are those of its page") {
  test::require_golden("ipc/agent_lock.v1.txt", base::as_bytes(agent_lock_text(kLock)));
  const base::Bytes kept = test::golden_bytes("ipc/agent_lock.v1.txt");
  CHECK(parse_agent_lock(base::as_text(kept)) == kLock);
}

TEST_CASE("agent lock: what 0.1.0 wrote is read") {
  CHECK(parse_agent_lock("vcsd with process id 17") == AgentLock{17, 0, AgentState::running, ""});
  CHECK(parse_agent_lock("vcsd with process id 17, stopping") ==
        AgentLock{17, 0, AgentState::stopping, ""});
  CHECK(parse_agent_lock("vcsd with process id x") == AgentLock{});
}

TEST_CASE("agent lock: garbage tells nothing") {
  const std::string whole = agent_lock_text(kLock);
  for (const std::string& text :
       {std::string(), std::string("garbage\n"), std::string(3, '\0'), std::string(100'000, 'x'),
        std::string("vcsd-lock 2\npid 17\n"), whole + std::string(1000, 'x')})
    CHECK(parse_agent_lock(text) == AgentLock{});
  // A torn text gives no socket, and the pid only as far as it was written.
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const AgentLock torn = parse_agent_lock(std::string_view(whole).substr(0, size));
    CHECK((torn.socket.empty() &&
           (torn.pid == 0 || std::to_string(kLock.pid).starts_with(std::to_string(torn.pid)))));
  }
  CHECK(parse_agent_lock("vcsd-lock 1\npid -17\nstart 99999999999999999999\nsocket x\n") ==
        AgentLock{});
}

TEST_CASE("agent lock: the kernel's lock decides, whatever the text says") {
  const TemporaryFolder home;
  CHECK(must(agent_lock_holder(home.path())) == std::nullopt);
  CHECK(must(agent_lock_holder(home / "missing")) == std::nullopt);
  test::write_file(home / kAgentLock, agent_lock_text(kLock));
  CHECK(must(agent_lock_holder(home.path())) == std::nullopt);
  {
    const auto held = hold(home.path(), agent_lock_text(kLock));
    CHECK(must(agent_lock_holder(home.path())) == kLock);
    AgentLock leaving = kLock;
    leaving.state = AgentState::stopping;
    leaving.socket = "/s";
    must(write_agent_lock(*held, leaving));
    CHECK(must(agent_lock_holder(home.path())) == leaving);
  }
  CHECK(must(agent_lock_holder(home.path())) == std::nullopt);
  const auto held = hold(home.path(), "garbage");
  CHECK(must(agent_lock_holder(home.path())) == AgentLock{});
}

TEST_CASE("agent lock: only the very process that it names is taken for it") {
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const AgentLock lock{child, process_start(child), AgentState::running, "/s"};
#ifdef __linux__
  REQUIRE(lock.start != 0);
  CHECK(prove(lock) == Proof::alive);
  CHECK(silent_agent_text(lock).find("kill " + std::to_string(child)) != std::string::npos);
  AgentLock older = lock;
  older.start -= 1;  // the same pid belongs to another process now
  CHECK(prove(older) == Proof::none);
  CHECK(silent_agent_text(older).find("kill ") == std::string::npos);
  kill(child, SIGSTOP);
  int status = 0;
  waitpid(child, &status, WUNTRACED);
  CHECK(prove(lock) == Proof::stopped);
  CHECK(silent_agent_text(lock).find("kill -CONT") != std::string::npos);
#endif
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(prove(lock) == Proof::none);
  CHECK(prove(AgentLock{}) == Proof::none);
}
