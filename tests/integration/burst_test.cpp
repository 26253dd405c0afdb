// SPDX-License-Identifier: Apache-2.0
// Many files in many new folders, as fast as the machine can make them.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "tests/support/eventually.hpp"
#include "tests/support/real_agent.hpp"
#include "tests/support/tree_model.hpp"

namespace {

using namespace vcs;
using test::RealAgent;
using test::TemporaryFolder;
namespace fs = std::filesystem;

// Nested: each folder holds some of the next ones.
std::string folder_name(int number) {
  return number == 0 ? "burst" : folder_name((number - 1) / 3) + "/d" + std::to_string(number);
}

void make(const std::string& root, int folders, int files_each) {
  std::thread hands[2];
  for (int i = 0; i < folders; ++i)
    REQUIRE(mkdir((root + "/" + folder_name(i)).c_str(), 0755) == 0);
  for (int hand = 0; hand < 2; ++hand)
    hands[hand] = std::thread([&, hand] {
      for (int i = hand; i < folders; i += 2) {
        const std::string folder = root + "/" + folder_name(i);
        for (int file = 0; file < files_each; ++file) {
          const std::string path = folder + "/f" + std::to_string(file);
          const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
          (void)!write(fd, path.data() + root.size(), path.size() - root.size());
          close(fd);
        }
      }
    });
  for (std::thread& hand : hands) hand.join();
}

void burst(int folders, int files_each) {
  TemporaryFolder folder, outside;
  RealAgent agent;
  agent.start();
  // A write through a name outside makes no event here, so only a full scan finds it.
  test::write_file(folder / "canary", "before");
  fs::create_hard_link(folder / "canary", outside / "canary");
  agent.json({"init", folder.path(), "--name", "burst"});
  agent.json({"status", "--wait"});
  agent.json({"commit", "-r", "burst"});
  test::write_file(outside / "canary", "after");

  make(folder.path(), folders, files_each);
  const std::uint64_t files = static_cast<std::uint64_t>(folders) * files_each + 1;
  // The agent saves all by itself.
  test::eventually([&] { return agent.repository()["files"] == files; });
  const auto status = agent.repository();
  CHECK(status["files"] == files);
  const auto lost = status["watches"]["lost_events"].get<std::uint64_t>();
  const bool looked_everywhere = agent.ctl({"cat", "HEAD:canary", "-r", "burst"}).out == "after";
  CHECK(looked_everywhere == (lost > 0));
  if (files > 50'000) WARN(files << " files; queues that overflowed: " << lost);

  test::write_file(folder / "canary", "done");
  agent.json({"commit", "-r", "burst"});
  ipc::Client client = test::connect_client(agent.home());
  CHECK(test::difference(test::model_of_folder(folder.path()),
                         test::model_of_commit(client, "burst", "HEAD")) == "");
  CHECK(agent.json({"commit", "--full", "-r", "burst"})["created"] == false);
}

}  // namespace

TEST_CASE("burst: all files of many new folders are in a commit soon") {
  burst(200, 50);
}

TEST_CASE("burst: a hundred thousand files in a thousand folders", "[.desk]") {
  burst(1000, 100);
}
