// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/silent_writes, with a folder of the test in place of /proc.
#ifdef __linux__
#include "agent/repository/silent_writes.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/watch/held_files.hpp"
#include "tests/support/part_stage.hpp"

using namespace vcs;
using agent::repository::SilentWrites;
using std::chrono::seconds;
using worktree::Mark;
namespace fs = std::filesystem;

namespace {

struct Stage : test::PartStage {
  Stage() {
    fs::create_directories(process + "/fd");
    file.worktree = work.path();
    agent.held_files =
        std::make_shared<agent::watch::HeldFiles>(clock, processes.path(), processes / "disks");
  }
  // A process has `path` open for writing, or has mapped it.
  void opens(const std::string& path) { fs::create_symlink(path, process + "/fd/3"); }
  void maps(const std::string& path) {
    test::write_file(process + "/maps", "7f12000-7f13000 rw-s 00000000 fe:01 132   " + path + "\n");
  }
  SilentWrites::Seen look() {
    if (!fs::exists(process + "/maps")) test::write_file(process + "/maps", "");
    clock.advance(seconds(1));
    SilentWrites::Seen seen = silent_writes.look()();
    silent_writes.saw(seen);
    return seen;
  }
  base::UnixNanos ctime(const std::string& path) {
    struct stat stat {};
    REQUIRE(lstat(path.c_str(), &stat) == 0);
    return base::UnixNanos(seconds(stat.st_ctim.tv_sec) + base::Nanos(stat.st_ctim.tv_nsec));
  }
  // As a full scan reports a file with several names.
  void remember(const std::vector<std::string>& names) {
    snapshot::SnapshotOutcome outcome;
    outcome.full = true;
    for (const std::string& name : names) outcome.linked.push_back({name, 1, ctime(work / name)});
    silent_writes.remember(outcome);
  }

  test::TemporaryFolder work, processes;
  const std::string process = processes / "4711";
  std::vector<Mark> found;
  SilentWrites silent_writes{context,
                             [this](std::vector<Mark> marks) { found = std::move(marks); }};
};

using Marks = std::vector<Mark>;

}  // namespace

TEST_CASE("silent writes: what is open is looked at by its times, what is mapped is read") {
  Stage stage;
  test::write_file(stage.work / "open", "1");
  test::write_file(stage.work / "mapped", "1");
  stage.opens(stage.work / "open");
  stage.maps(stage.work / "mapped");
  CHECK(stage.look().marks == Marks{{"mapped", false, true}, {"open", false, false}});
}

TEST_CASE("silent writes: files elsewhere, folders and what is gone are left alone") {
  Stage stage;
  test::write_file(stage.work.path() + "beside", "1");
  stage.opens(stage.work.path() + "beside");
  stage.maps(stage.work / "gone");
  CHECK(stage.look().marks.empty());
  fs::remove(stage.work.path() + "beside");
}

TEST_CASE("silent writes: a file with several names is looked at when its ctime is another") {
  Stage stage;
  test::write_file(stage.work / "name", "1");
  fs::create_hard_link(stage.work / "name", stage.work / "other");
  stage.remember({"name", "other"});
  CHECK(stage.look().marks.empty());
  fs::last_write_time(stage.work / "other", fs::file_time_type{} + seconds(7));
  CHECK(stage.look().marks == Marks{{"name", false}, {"other", false}});
}

TEST_CASE("silent writes: who has one name left is looked at once more, and then forgotten") {
  Stage stage;
  test::write_file(stage.work / "name", "1");
  fs::create_hard_link(stage.work / "name", stage.work / "other");
  stage.remember({"name", "other"});
  fs::remove(stage.work / "other");
  CHECK(stage.look().marks == Marks{{"name", false}, {"other", false}});
  CHECK(stage.look().marks.empty());
}

TEST_CASE("silent writes: without anybody who asks, the look comes once in the pause") {
  Stage stage;
  test::write_file(stage.work / "open", "1");
  test::write_file(stage.process + "/maps", "");
  stage.opens(stage.work / "open");
  stage.silent_writes.look_every(seconds(60));
  stage.pass(seconds(59));
  CHECK(stage.found.empty());
  stage.pass(seconds(1));
  CHECK(stage.found == Marks{{"open", false}});
  stage.found.clear();
  stage.silent_writes.look_every({});
  stage.pass(seconds(600));
  CHECK(stage.found.empty());
  CHECK(stage.loop.timers() == 0);
}

TEST_CASE("silent writes: where nobody is to be asked there is no look") {
  Stage stage;
  stage.agent.held_files = nullptr;
  CHECK(stage.silent_writes.look() == nullptr);
  stage.silent_writes.look_every(seconds(60));
  CHECK(stage.loop.timers() == 0);
}
#endif
