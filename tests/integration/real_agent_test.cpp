// SPDX-License-Identifier: Apache-2.0
// The base of the tests with the real programs: a test that is killed leaves no agent behind.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/eventually.hpp"
#include "tests/support/real_agent.hpp"

namespace {

using namespace vcs;
using test::RealAgent;
using test::TemporaryFolder;

// While it lives, orphans become children of this process, so that it can wait for their end.
class Orphanage {
 public:
  Orphanage() { REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0); }
  ~Orphanage() { prctl(PR_SET_CHILD_SUBREAPER, 0); }
};

bool ends_soon(pid_t process) {
  return test::eventually([&] { return waitpid(process, nullptr, WNOHANG) == process; });
}

// An endless test in a process of its own, with its temporary folders in `place`. It writes the pid
// of its agent to `place`.
[[noreturn]] void run_endless_test(const TemporaryFolder& place, bool in_foreground) {
  try {
    setenv("TMPDIR", place.path().c_str(), 1);
    RealAgent agent;
    if (in_foreground) agent.start();
    const auto status = agent.json({"status"});
    test::write_file(place / "pid.new", status["agent"]["pid"].dump());
    std::filesystem::rename(place / "pid.new", place / "pid");
    for (;;) pause();
  } catch (...) {
    _exit(1);
  }
}

}  // namespace

TEST_CASE("real agent: it ends with the test that started it, also when that is killed") {
  const bool in_foreground = GENERATE(true, false);
  CAPTURE(in_foreground);
  const Orphanage orphanage;
  const TemporaryFolder place;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) run_endless_test(place, in_foreground);
  REQUIRE(test::eventually([&] { return std::filesystem::exists(place / "pid"); }));
  const auto agent = static_cast<pid_t>(std::stol(test::read_file(place / "pid")));
  CHECK(kill(agent, 0) == 0);
  REQUIRE(kill(child, SIGKILL) == 0);
  CHECK(ends_soon(child));
  REQUIRE(ends_soon(agent));
  // Waits for the guard process, too, which has asked the agent to end.
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}
