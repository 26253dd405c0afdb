// SPDX-License-Identifier: Apache-2.0
// Each home has one agent, and everybody finds it: from other environments, when its socket is
// removed, and when it cannot answer. Nobody is told to end a healthy agent.
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/base/held_lock.hpp"
#include "ipc/agent_lock.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/must.hpp"
#include "tests/support/real_agent.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::must;
using test::RealAgent;
using test::TemporaryFolder;
namespace fs = std::filesystem;

using Variables = std::vector<std::string>;

// A person with a home folder, and a runtime directory if a session gives one. The environment has
// no variables of vcsd.
class Person {
 public:
  Person() {
    fs::create_directories(home / "session");
    fs::permissions(home / "session", fs::perms::owner_all);
    fs::create_directories(home / "work");
    test::write_file(home / "work/file", "first");
  }
  ~Person() { run({"stop", "--no-start"}); }

  CommandResult run(std::vector<std::string> words, Variables variables = {}) const {
    words.insert(words.begin(), test::program("vcsctl"));
    variables.push_back("HOME=" + home.path());
    for (const char* name : {"XDG_RUNTIME_DIR=", "XDG_CONFIG_HOME=", "XDG_DATA_HOME="})
      variables.push_back(name);  // the first of each name counts
    return test::run_program(words, "", variables);
  }
  Variables session() const { return {"XDG_RUNTIME_DIR=" + home / "session"}; }
  std::string agent(const Variables& variables) const {
    const CommandResult result = run({"version", "--json", "--no-start"}, variables);
    CAPTURE(result.out, result.err);
    REQUIRE(result.status == 0);
    return nlohmann::json::parse(result.out)["agent"]["pid"].dump();
  }
  std::string data() const { return home / ".local/share/vcsd"; }

  TemporaryFolder home;
};

bool says(const CommandResult& result, const std::string& text) {
  return (result.out + result.err).find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("finding the agent: whatever runtime directory is set, there is one agent") {
  const Person person;
  const Variables session = person.session();
  const Variables none, elsewhere{"XDG_RUNTIME_DIR=" + person.home / "nowhere"};
  const bool from_session = GENERATE(true, false);
  const CommandResult made =
      person.run({"init", person.home / "work", "--wait"}, from_session ? session : none);
  CAPTURE(made.err);
  REQUIRE(made.status == 0);
  const std::string pid = person.agent(from_session ? session : none);
  for (const Variables& other : {session, none, elsewhere}) {
    CHECK(person.agent(other) == pid);
    CHECK(person.run({"status"}, other).status == 0);
    CHECK(says(person.run({"cat", "HEAD:file", "-r", "work"}, other), "first"));
  }
  CHECK(says(person.run({"stop"}, from_session ? none : session), "has stopped"));
  CHECK(says(person.run({"version"}, session), "no agent runs"));
}

TEST_CASE("finding the agent: one whose socket is gone makes it anew") {
  const Person person;
  const Variables session = person.session();
  REQUIRE(person.run({"init", person.home / "work", "--wait"}, session).status == 0);
  const std::string pid = person.agent(session), socket = person.home / "session/vcsd/vcsd.sock";
  fs::remove(socket);
  CHECK(person.agent(session) == pid);
  CHECK(test::eventually([&] { return fs::exists(socket); }));
  // A rename removes the folder in one step: the agent would be quicker than a deletion.
  fs::rename(person.home / "session/vcsd", person.home / "away");
  CHECK(person.agent(session) == pid);
  // Like systemd at the end of the last session: nothing is left in which to make the folder again,
  // and the folder itself gets no event.
  fs::rename(person.home / "session", person.home / "ended");
  CHECK(person.agent(session) == pid);
  CHECK(person.agent({}) == pid);
  CHECK(person.run({"commit", "-r", "work"}, session).status == 0);
}

TEST_CASE("finding the agent: a runtime directory of somebody else's is no reason not to watch") {
  if (geteuid() != 0) {
    WARN("skipped: only root can be another user");
    return;
  }
  const Person person;
  const TemporaryFolder theirs;
  fs::create_directories(theirs / "vcsd");
  REQUIRE(chown((theirs / "vcsd").c_str(), 12345, 12345) == 0);
  const Variables other{"XDG_RUNTIME_DIR=" + theirs.path()};
  const CommandResult made = person.run({"init", person.home / "work", "--wait"}, other);
  CAPTURE(made.err);
  CHECK(made.status == 0);
  CHECK(person.agent(other) == person.agent({}));
}

TEST_CASE("finding the agent: one that is frozen is told apart from one that does not run") {
  RealAgent agent;
  agent.start();
  const std::string pid = std::to_string(agent.pid());
  kill(agent.pid(), SIGSTOP);
  const CommandResult version = agent.ctl({"version"}), status = agent.ctl({"status"}),
                      stop = agent.ctl({"stop"});
  kill(agent.pid(), SIGCONT);
  for (const CommandResult& told : {version, status, stop}) {
    CAPTURE(told.out, told.err);
    CHECK(told.status != 0);
    CHECK(says(told, "kill -CONT " + pid));
    CHECK_FALSE(says(told, "no agent runs"));
  }
  CHECK(agent.ctl({"status", "--no-start"}).status == 0);
}

TEST_CASE("finding the agent: a second agent leaves with a status of its own, and harms nothing") {
  RealAgent agent;
  agent.start();
  const CommandResult second =
      test::run_program({test::program("vcsd"), "--home", agent.home(), "--foreground"});
  CAPTURE(second.err);
  CHECK(second.status == 75);
  CHECK(says(second, "runs already (process " + std::to_string(agent.pid()) + ")"));
  CHECK_FALSE(says(second, "end that process"));
  CHECK(agent.ctl({"status", "--no-start"}).status == 0);
}

TEST_CASE("finding the agent: an older or damaged text in the lock stops nobody") {
  RealAgent agent;
  const std::string text = GENERATE(as<std::string>(), "garbage", "", "vcsd with process id 1",
                                    "vcsd with process id 1, stopping");
  test::write_file(agent.home() + "/agent.lock", text);
  CHECK(agent.ctl({"status"}).status == 0);
  test::write_file(agent.home() + "/agent.lock", text);  // while the agent holds the lock
  CHECK(agent.ctl({"status", "--no-start"}).status == 0);
  CHECK(agent.ctl({"stop"}).status == 0);
  CHECK(says(agent.ctl({"version"}), "no agent runs"));
}

TEST_CASE("finding the agent: no process is named to be ended that is not proved to hang") {
  RealAgent agent;
  const auto data = must(base::make_posix_filesystem()->open_directory(agent.home()));
  const auto held = must(base::hold_lock(*data, ipc::kAgentLock, "somebody"));
  const CommandResult status = agent.ctl({"status"});
  CAPTURE(status.err);
  CHECK(status.status == 1);
  CHECK_FALSE(says(status, "kill"));
  CHECK_FALSE(says(status, "end that process"));
  CHECK(says(status, "agent.lock"));
}

TEST_CASE("finding the agent: an agent whose home is deleted ends") {
  RealAgent agent;
  agent.start();
  const TemporaryFolder folder;
  agent.json({"init", folder.path(), "--wait"});
  const pid_t pid = agent.pid();
  const bool moved = GENERATE(false, true);
  if (moved) {
    fs::rename(agent.home() + "/agent.lock", agent.home() + "/elsewhere");
  } else {
    test::remove_tree(agent.home());
  }
  CHECK(agent.wait() == 0);
  CHECK(kill(pid, 0) != 0);
  CHECK(agent.log().find("was deleted, so this agent ends") != std::string::npos);
}
