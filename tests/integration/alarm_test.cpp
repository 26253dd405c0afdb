// SPDX-License-Identifier: Apache-2.0
// Accidents and ransomware with the real programs: everything is kept, and status tells it.
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/seeded_random.hpp"

namespace {

using namespace vcs;
using test::read_file;
using test::write_file;
namespace fs = std::filesystem;

constexpr int kFiles = 80;

struct Desk : test::Desk {
  test::SeededRandom random{test::test_seed()};

  explicit Desk(const std::string& config = "") : test::Desk(config) {
    for (int i = 0; i < kFiles; ++i) write_file(name(i), text(i));
    write_file(folder / "notes", "kept");
    watch();
  }
  std::string name(int number) const { return folder / ("letter" + std::to_string(number)); }
  static std::string text(int number) {
    std::string text;
    while (text.size() < 2000) text += "Dear friend number " + std::to_string(number) + ", ";
    return text;
  }
  void encrypt(int number) {
    std::string noise(2000, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(noise.data()), noise.size()});
    noise[0] = '\x01';
    fs::remove(name(number));
    write_file(name(number) + ".locked", noise);
  }
  nlohmann::json alarm_when_set() {
    nlohmann::json alarm;
    CHECK(test::eventually([&] { return (alarm = agent.repository()["alarm"])["reason"] != ""; }));
    return alarm;
  }
};

}  // namespace

TEST_CASE("alarm: encrypted files are told, and come back byte for byte") {
  Desk desk;
  const auto before = desk.agent.json({"commit", "-r", "desk"})["id"].get<std::string>();
  CHECK(desk.agent.ctl({"status"}).status == 0);
  for (int i = 0; i < kFiles; ++i) desk.encrypt(i);
  desk.agent.json({"status", "--wait"});
  const auto alarm = desk.alarm_when_set();
  CHECK(alarm["reason"] == "encryption");
  CHECK(alarm["commit"] == before);
  const auto status = desk.agent.ctl({"status"});
  CHECK(status.status == 3);
  CHECK(status.out.find("looks encrypted") != std::string::npos);
  CHECK(status.out.find("vcsctl restore " + before.substr(0, 12)) != std::string::npos);
  CHECK(desk.agent.ctl({"doctor"}).status == 3);
  // The agent goes on saving, but does not touch old packs.
  write_file(desk.folder / "notes", "written after it");
  desk.agent.json({"commit", "-r", "desk"});
  CHECK(desk.cat("notes") == "written after it");
  CHECK(desk.agent.ctl({"repo", "compact", "desk"}).status == 1);

  // The alarm outlives the agent.
  desk.agent.stop(SIGKILL);
  desk.agent.start();
  desk.agent.json({"status", "--wait"});
  CHECK(desk.agent.repository()["alarm"]["commit"] == before);

  CHECK(
      desk.agent.ctl({"restore", before, "--overwrite", "-r", "desk"}, desk.folder.path()).status ==
      0);
  for (int i = 0; i < kFiles; ++i) REQUIRE(read_file(desk.name(i)) == Desk::text(i));
  CHECK(desk.agent.ctl({"alarm", "-r", "desk"}).status == 3);
  CHECK(desk.agent.ctl({"alarm", "--acknowledge", "-r", "desk"}).status == 0);
  CHECK(desk.agent.ctl({"status", "--wait"}).status == 0);
  CHECK(desk.agent.ctl({"alarm", "-r", "desk"}).status == 0);
  CHECK(desk.agent.ctl({"repo", "compact", "desk"}).status == 0);
  CHECK(desk.agent.json({"verify", "--read-data", "-r", "desk"})["errors"].empty());
  CHECK(desk.agent.repository()["last_audit"]["drift"] == 0);
}

TEST_CASE("alarm: deletions that take many commits are one, and an acknowledged one stays off") {
  Desk desk;
  const auto before = desk.agent.repository()["head"];
  for (int i = 0; i < 50; i += 10) {
    for (int each = i; each < i + 10; ++each) fs::remove(desk.name(each));
    desk.agent.json({"commit", "-r", "desk"});
  }
  const auto alarm = desk.alarm_when_set();
  CHECK(alarm["reason"] == "deletion");
  CHECK(alarm["deleted"] == 50);
  CHECK(alarm["commit"] == before);
  desk.agent.json({"alarm", "--acknowledge", "-r", "desk"});
  fs::remove(desk.name(60));
  desk.agent.json({"commit", "-r", "desk"});
  desk.agent.stop(SIGTERM);
  desk.agent.start();
  desk.agent.json({"status", "--wait"});
  CHECK(desk.agent.repository()["alarm"]["reason"] == "");
}

TEST_CASE("alarm: a day of ordinary work does not set it") {
  Desk desk;
  const auto run = [&](const std::string& script) {
    const auto done = test::run_program({"sh", "-ec", script}, desk.folder.path());
    INFO(done.err);
    REQUIRE(done.status == 0);
    desk.agent.json({"commit", "-r", "desk"});
  };
  run("mkdir new; for i in $(seq 300); do head -c 3000 /dev/urandom > new/$i.jpg; done");
  run("mkdir build; for i in $(seq 1100); do echo $i > build/$i.o; done");
  run("rm -r build");
  run("mkdir letters; mv letter[0-9]* letters");
  run("gzip letters/*");
  run("for i in letters/*; do gunzip \"$i\"; done");
  if (!test::find_program({"git"}).empty()) {
    run("git init -q -b main . && git config user.email a@b && git config user.name a && "
        "mkdir src && for i in $(seq 1100); do echo $i > src/$i; done && git add src && "
        "git commit -q -m all && git checkout -q --orphan other && git rm -rqf --cached . ");
    run("git checkout -q -f main; git checkout -q -b less; git rm -rq src; git commit -q -m less");
    run("git checkout -q main");
    run("git checkout -q less");
  }
  CHECK(desk.agent.repository()["last_audit"]["drift"] == 0);
  // If anything above had set the alarm, it would name an earlier commit than `before`.
  const auto before = desk.agent.repository()["head"];
  run("rm -rf letters new");
  CHECK(desk.alarm_when_set()["commit"] == before);
}

TEST_CASE("alarm: who does not want it switches it off") {
  Desk desk("[core]\nbrake = false\n");
  for (int i = 0; i < kFiles; ++i) fs::remove(desk.name(i));
  CHECK(desk.agent.json({"commit", "-r", "desk"})["changed"]["deleted"] == kFiles);
  desk.agent.stop(SIGTERM);
  desk.agent.start();
  CHECK(desk.agent.repository()["alarm"]["reason"] == "");
}
