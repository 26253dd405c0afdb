// SPDX-License-Identifier: Apache-2.0
// Hundreds of folders in one agent, with the limits of an ordinary system: each is truly watched.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "agent/process/process_limits.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/real_agent.hpp"
#include "tests/support/request_swarm.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/support/tree_model.hpp"

namespace {

using namespace vcs;
using test::RealAgent;
using test::TemporaryFolder;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::size_t inotify_instances(pid_t process) {
  std::size_t found = 0;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(process) + "/fd"))
    found += fs::read_symlink(entry.path(), gone) == "anon_inode:inotify";
  return found;
}

// The number of the process's entries of this `kind`: "task" or "fd".
std::size_t number(const std::string& kind, pid_t process) {
  const fs::directory_iterator entries("/proc/" + std::to_string(process) + "/" + kind);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace

TEST_CASE("many folders: all are watched with one queue, and a save in each is captured") {
  const std::size_t count = test::rounds_are_given() ? test::test_rounds(1000) : 300;
  std::size_t instances = 0;
  std::ifstream("/proc/sys/fs/inotify/max_user_instances") >> instances;
  if (instances >= count) WARN("this system would give each folder a queue of its own");
  const TemporaryFolder folder;
  const test::QuickFolder memory;  // slow disks have a test of their own
  RealAgent agent("", geteuid(), memory / "home");
  agent.start();
  const std::size_t threads_before = number("task", agent.pid());
  test::RequestSwarm swarm(agent.home() + "/vcsd.sock");
  swarm.connect(1);
  const auto name = [](std::size_t each) { return "f" + std::to_string(each); };
  for (std::size_t each = 0; each < count; ++each) {
    fs::create_directories(folder / name(each) + "/sub");
    swarm.send(0, "repo.init", R"({"folder":")" + (folder / name(each)) + R"("})");
    if (swarm.in_flight() >= 16) REQUIRE(swarm.collect(std::chrono::steady_clock::now() + 60s));
  }
  swarm.send(0, "status", R"({"wait":true})");
  REQUIRE(swarm.collect(std::chrono::steady_clock::now() + 120s));
  for (const auto& [method, tally] : swarm.tallies()) {
    CAPTURE(method, tally.an_error);
    CHECK(tally.errors == 0);
  }

  // The agent saves all by itself.
  for (std::size_t each = 0; each < count; ++each)
    test::write_file(folder / name(each) + "/sub/file", "saved in " + name(each));
  nlohmann::json status;
  const auto captured = [&] {
    status = agent.json({"status"});
    for (const auto& repository : status["repositories"])
      if (repository["files"] != 1) return false;
    return true;
  };
  for (int tries = 0; !captured() && tries < 500; ++tries) usleep(20'000);
  ipc::Client client = test::connect_client(agent.home());
  REQUIRE(status["repositories"].size() == count);
  for (const auto& repository : status["repositories"]) {
    CAPTURE(repository.dump());
    CHECK(repository["state"] == "watching");
    CHECK(repository["watches"]["polled_folders"] == 0);
    CHECK(repository["watches"]["used"] == 2 * count);
    const std::string which = repository["name"];
    CHECK(test::difference(test::model_of_folder(folder / which),
                           test::model_of_commit(client, which, "HEAD")) == "");
  }
  CHECK(inotify_instances(agent.pid()) == 2);  // one for all folders, one for the agent's own place
  constexpr std::size_t kOfTheAgent = 100;
  CHECK(test::eventually([&] {
    return number("fd", agent.pid()) <=
           kOfTheAgent + count * agent::process::kDescriptorsOfIdleFolder;
  }));
  CHECK(number("task", agent.pid()) <= threads_before + 4);
}
