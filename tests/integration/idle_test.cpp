// SPDX-License-Identifier: Apache-2.0
// All threads of an agent that has nothing to do sleep: it costs no battery, and keeps no core of a
// laptop awake.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"

namespace {

using namespace vcs;
using test::write_file;
namespace fs = std::filesystem;

// How often the process's threads have gone to sleep: a thread that wakes up must do so again.
std::uint64_t times_asleep(pid_t process) {
  std::uint64_t times = 0;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string word; status >> word;)
      if (std::uint64_t count; word == "voluntary_ctxt_switches:" && status >> count)
        times += count;
  }
  return times;
}

// True: soon a while comes in which no thread wakes up.
bool sleeps_soundly(pid_t process) {
  constexpr useconds_t kWhile = 3'000'000;
  constexpr int kTries = 8;
  for (int tries = 0; tries < kTries; ++tries) {
    const std::uint64_t before = times_asleep(process);
    REQUIRE(before > 0);
    usleep(kWhile);
    if (times_asleep(process) == before) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("idle: nothing wakes the agent while nothing happens") {
  test::Desk desk;
  fs::create_directories(desk.folder / "deep/folder");
  write_file(desk.folder / "deep/folder/file", "first");
  desk.watch();
  test::TemporaryFolder copy;
  desk.agent.json({"remote", "add", "copy", copy / "store", "-r", "desk"});
  desk.agent.json({"sync", "--wait", "-r", "desk"});
  CHECK(sleeps_soundly(desk.agent.pid()));
  write_file(desk.folder / "deep/folder/file", "second");
  CHECK(test::eventually([&] { return desk.cat("deep/folder/file") == "second"; }));
}
