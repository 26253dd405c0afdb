// SPDX-License-Identifier: Apache-2.0
// File times that do not show a change, with the real programs: no change is missed.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/own_mounts.hpp"

namespace {

using namespace vcs;
using test::write_file;

struct Desk : test::Desk {
  void check_saved(const std::string& name, const std::string& content) {
    agent.json({"status", "--wait"});
    CHECK(cat(name) == content);
  }
};

}  // namespace

TEST_CASE("time: a write through memory that leaves all times as they were is seen") {
  if (!test::has_own_mounts()) return;
  Desk desk;
  test::Mount tmpfs("none", desk.folder.path(), "tmpfs", 0);
  std::string content(8192, 'a');
  write_file(desk.folder / "mapped", content);
  desk.watch();
  for (char letter = 'b'; letter < 'h'; ++letter) {
    struct stat before {
    }, after{};
    REQUIRE(stat((desk.folder / "mapped").c_str(), &before) == 0);
    const int file = open((desk.folder / "mapped").c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(file >= 0);
    auto* memory = static_cast<char*>(
        mmap(nullptr, content.size(), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    REQUIRE(memory != MAP_FAILED);
    // After the page was read, the system does not notice a write to it.
    content[5000] = letter;
    if (memory[5000] != letter) memory[5000] = letter;
    munmap(memory, content.size());
    close(file);
    REQUIRE(stat((desk.folder / "mapped").c_str(), &after) == 0);
    if (before.st_ctim.tv_nsec != after.st_ctim.tv_nsec) WARN("the times did change here");
    desk.check_saved("mapped", content);
  }
  CHECK(desk.agent.repository()["last_audit"]["drift"] == 0);
}

TEST_CASE("time: what touch and tar set back is seen") {
  Desk desk;
  write_file(desk.folder / "letter", "first");
  write_file(desk.folder / "old", "other");
  desk.watch();
  const auto run = [&](const std::string& script) {
    REQUIRE(test::run_program({"sh", "-ec", script}, desk.folder.path()).status == 0);
  };
  run("cp -p letter kept; printf other > letter; touch -r kept letter");
  desk.check_saved("letter", "other");
  run("tar cf /dev/null . ; tar cf archive.tar letter; printf third > letter; tar xf archive.tar");
  desk.check_saved("letter", "other");
  run("printf third > letter; touch -d 1970-01-01T00:00:00Z letter");
  desk.check_saved("letter", "third");
  run("printf later > letter; touch -d 2106-02-07T06:28:16Z letter");
  desk.check_saved("letter", "later");
  run("printf again > letter; touch -d 2106-02-07T06:28:16Z letter");
  desk.check_saved("letter", "again");
}

TEST_CASE("time: saves of one length within one tick of the clock are seen") {
  Desk desk;
  write_file(desk.folder / "letter", "000");
  desk.watch();
  for (int round = 100; round < 150; ++round) {
    write_file(desk.folder / "letter", std::to_string(round));
    desk.agent.json({"commit", "-r", "desk"});
    write_file(desk.folder / "letter", std::to_string(round + 500));
    desk.agent.json({"commit", "-r", "desk", "--full"});
    REQUIRE(desk.cat("letter") == std::to_string(round + 500));
  }
}
