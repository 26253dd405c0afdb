// SPDX-License-Identifier: Apache-2.0
// With far fewer watches than folders, the real programs miss nothing and advise what to do.
#include <sched.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/support/real_agent.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::RealAgent;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

constexpr const char* kLimit = "/proc/sys/user/max_inotify_watches";
constexpr int kFolders = 100, kWatches = 50, kOurs = 40;

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

template <typename Reached>
void await(const std::string& what, Reached reached) {
  for (int tries = 0; tries < 1000; ++tries) {
    if (reached()) return;
    usleep(20'000);
  }
  expect(false, what);
}

// Enters a user namespace of its own, which has few watches.
bool become_poor() {
  const uid_t user = getuid();
  if (unshare(CLONE_NEWUSER) != 0) return false;
  std::ofstream("/proc/self/uid_map") << "0 " << user << " 1" << std::flush;
  std::ofstream(kLimit) << kWatches << std::flush;
  int limit = 0;
  return std::ifstream(kLimit) >> limit && limit == kWatches;
}

void live_with_few_watches() {
  RealAgent agent("[repository.many.watch]\npoll_interval = \"1s\"\n");
  TemporaryFolder folder;
  const auto file = [&](int number) { return folder / ("d" + std::to_string(number) + "/file"); };
  for (int i = 0; i < kFolders; ++i) {
    fs::create_directory(folder / ("d" + std::to_string(i)));
    write_file(file(i), "first");
  }
  const auto asked = [&](const std::vector<std::string>& arguments) {
    CommandResult result = agent.ctl(arguments);
    expect(result.status == 0 || result.status == 3, arguments.front() + ": " + result.err);
    return result.out;
  };
  agent.start();
  asked({"init", folder.path(), "--name", "many"});
  asked({"status", "--wait"});

  auto watches = agent.repository()["watches"];
  expect(watches["limit"] == kOurs && watches["used"] == kOurs, "watches: " + watches.dump());
  expect(watches["polled_folders"] == kFolders + 1 - kOurs, "polled: " + watches.dump());
  for (const char* command : {"status", "doctor"})
    expect(asked({command}).find("sudo sysctl fs.inotify.max_user_watches=") != std::string::npos,
           std::string(command) + " names no sysctl");
  // The agent leaves watches for others.
  const int inotify = inotify_init1(IN_CLOEXEC);
  for (int i = 0; i < 5; ++i)
    expect(inotify_add_watch(inotify, (folder / ("d" + std::to_string(i))).c_str(), IN_CREATE) >= 0,
           "no watch is left for others");
  close(inotify);

  // Each change is saved by itself, in any folder.
  for (int i = 0; i < kFolders; ++i) write_file(file(i), "second");
  for (const int i : {0, kFolders / 2, kFolders - 1})
    await("a change in a polled folder does not arrive", [&] {
      return agent.ctl({"cat", "HEAD:d" + std::to_string(i) + "/file", "-r", "many"}).out ==
             "second";
    });
  // A commit saves a change at once.
  for (int round = 0; round < 10; ++round) {
    const int i = (round * 37) % kFolders;
    write_file(file(i), "third " + std::to_string(round));
    asked({"commit", "-r", "many"});
    expect(asked({"cat", "HEAD:d" + std::to_string(i) + "/file", "-r", "many"}) ==
               "third " + std::to_string(round),
           "a commit lacks what was written before it");
  }
  expect(agent.repository()["watches"]["used"] == kOurs, "the limit was not kept");
  expect(agent.repository()["last_audit"]["drift"] == 0, "drift");

  // A person follows the advice.
  std::ofstream(kLimit) << 10 * kWatches << std::flush;
  await("room for watches is not used",
        [&] { return agent.repository()["watches"]["polled_folders"] == 0; });
  watches = agent.repository()["watches"];
  expect(watches["used"] == kFolders + 1 && watches["limit"] == 10 * kOurs, watches.dump());
  expect(asked({"status"}).find("sysctl") == std::string::npos, "status still asks for more");
}

}  // namespace

TEST_CASE("watch limit: the rest is polled, nothing is missed, and more watches are used at once") {
  // Runs in a process of its own, because a user namespace belongs to a whole process.
  const pid_t child = fork();
  if (child == 0) {
    int result = 77;
    try {
      if (become_poor()) {
        live_with_few_watches();
        result = 0;
      }
    } catch (const std::exception& problem) {
      std::fprintf(stderr, "%s\n", problem.what());
      result = 1;
    }
    _exit(result);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    WARN("skipped: this system does not let us have few watches in a user namespace");
    return;
  }
  CHECK(WEXITSTATUS(status) == 0);
}
