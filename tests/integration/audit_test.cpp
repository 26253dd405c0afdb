// SPDX-License-Identifier: Apache-2.0
// The audit with the real programs: it finds changes without events, and nothing else.
#include <fcntl.h>
#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"

namespace {

using namespace vcs;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

struct Desk : test::Desk {
  TemporaryFolder outside;

  Desk() : test::Desk("[repository.desk.watch]\naudit_interval = \"1s\"\n") { watch(); }
  nlohmann::json wait_for_audit_after(const nlohmann::json& before) {
    nlohmann::json audit;
    CHECK(test::eventually([&] {
      audit = agent.repository()["last_audit"];
      return audit["time"] != before["time"];
    }));
    return audit;
  }
};

}  // namespace

TEST_CASE("audit: a change that no event told is found, saved, counted and told") {
  Desk desk;
  write_file(desk.folder / "linked", "Dear Sir\n");
  write_file(desk.folder / "mapped", std::string(8192, 'a'));
  desk.agent.json({"commit", "-r", "desk"});
  CHECK(desk.wait_for_audit_after({{"time", 0}})["drift"] == 0);

  // A write through a hard link that nobody watches.
  fs::create_hard_link(desk.folder / "linked", desk.outside / "elsewhere");
  desk.agent.json({"commit", "-r", "desk"});
  write_file(desk.outside / "elsewhere", "Dear Madam\n");
  nlohmann::json audit = desk.agent.repository()["last_audit"];
  for (int tries = 0; audit["drift"] == 0 && tries < 10; ++tries)
    audit = desk.wait_for_audit_after(audit);
  CHECK(audit["drift"] == 1);
  CHECK(desk.cat("linked") == "Dear Madam\n");

  // A write through memory, while the file stays mapped.
  const int file = open((desk.folder / "mapped").c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(file >= 0);
  void* memory = mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  REQUIRE(memory != MAP_FAILED);
  desk.agent.json({"commit", "-r", "desk"});
  static_cast<char*>(memory)[5000] = 'b';
  REQUIRE(msync(memory, 8192, MS_SYNC) == 0);
  munmap(memory, 8192);
  close(file);
  std::string expected(8192, 'a');
  expected[5000] = 'b';
  desk.agent.json({"commit", "-r", "desk"});
  CHECK(desk.cat("mapped") == expected);

  CHECK(desk.agent.log().find("1 change the watcher had missed, linked among them") !=
        std::string::npos);
  CHECK(desk.agent.ctl({"status"}).out.find("the watcher had missed") != std::string::npos);
  CHECK(desk.agent.ctl({"doctor"}).out.find("the check found") != std::string::npos);
  CHECK(desk.agent.json({"commit", "-r", "desk", "--full"})["created"] == false);
}

TEST_CASE("audit: under a storm of saves nothing is missed, and no event that is late is drift") {
  Desk desk;
  auto audit = desk.agent.repository()["last_audit"];
  // Until at least one audit has run, however long that takes.
  for (int audits = 0, round = 0; audits < 1 && round < 2000; ++round) {
    const std::string folder = "d" + std::to_string(round % 7);
    fs::create_directories(desk.folder / folder);
    for (int file = 0; file < 20; ++file)
      write_file(desk.folder / (folder + "/f" + std::to_string((round + file) % 31)),
                 std::to_string(round) + std::string(static_cast<std::size_t>(file), 'x'));
    if (round % 5 == 4) fs::remove_all(desk.folder / ("d" + std::to_string((round + 3) % 7)));
    if (round % 11 == 10) {
      fs::remove_all(desk.folder / "moved");
      fs::rename(desk.folder / folder, desk.folder / "moved");
    }
    if (round % 10 != 0) continue;
    const auto now = desk.agent.repository()["last_audit"];
    audits += now["time"] != audit["time"];
    audit = now;
    usleep(20'000);
  }
  desk.agent.json({"status", "--wait"});
  audit = desk.wait_for_audit_after(desk.agent.repository()["last_audit"]);
  CHECK(audit["drift"] == 0);
  CHECK(desk.agent.json({"commit", "-r", "desk", "--full"})["created"] == false);
}
