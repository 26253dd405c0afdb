// SPDX-License-Identifier: Apache-2.0
// The system has no inotify queue left for the agent: it polls, says so, and misses nothing that
// was asked for.
#include <grp.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/real_agent.hpp"
#include "tests/support/tree_model.hpp"

namespace {

using namespace vcs;
using test::RealAgent;
using test::TemporaryFolder;

constexpr uid_t kHoarder = 65532;  // a user that has no other processes

// A process of that user, which takes all inotify queues that the user may have until it ends.
class Hoarder {
 public:
  Hoarder() {
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (setgroups(0, nullptr) != 0 || setgid(kHoarder) != 0 || setuid(kHoarder) != 0) _exit(1);
      while (inotify_init() >= 0) {
      }
      (void)!write(ready[1], "", 1);
      pause();
      _exit(0);
    }
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    close(ready[1]);
  }
  ~Hoarder() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_;
};

}  // namespace

TEST_CASE("no watch: a folder without events is polled, told of, and nothing in it is missed") {
  if (geteuid() != 0) {
    WARN("skipped: only root can act as another user");
    return;
  }
  TemporaryFolder folder;
  REQUIRE(chown(folder.path().c_str(), kHoarder, kHoarder) == 0);
  const Hoarder hoarder;
  RealAgent agent("", kHoarder);
  agent.start();
  agent.json({"init", folder.path(), "--name", "blind"});
  for (int round = 0; round < 5; ++round) {
    test::write_file(folder / "file", std::to_string(round));
    const auto answer = round % 2 == 0
                            ? agent.json({"commit", "-r", "blind"})["id"]
                            : agent.json({"status", "--wait"})["repositories"][0]["head"];
    CHECK(agent.ctl({"cat", answer.get<std::string>() + ":file", "-r", "blind"}).out ==
          std::to_string(round));
  }
  CHECK(agent.repository()["watches"]["polled_folders"] == 1);
  CHECK(agent.log().find("fs.inotify.max_user_instances") != std::string::npos);
  for (const char* command : {"status", "doctor"})
    CHECK(agent.ctl({command}).out.find("fs.inotify.max_user_instances") != std::string::npos);
}
