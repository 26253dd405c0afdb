// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/alarm.
#include "agent/repository/alarm.hpp"

#include <catch2/catch.hpp>

#include "core/history/repository.hpp"
#include "tests/support/part_stage.hpp"
#include "tests/support/workshop.hpp"

using namespace vcs;
using agent::repository::Alarm;
using agent::repository::Description;
using base::Result;

namespace {

struct Stage : test::PartStage {
  explicit Stage(int files = 120) {
    description.opened(open());
    for (int each = 0; each < files; ++each) workshop.save(name(each), std::to_string(each));
    first = workshop.snap();
  }
  static std::string name(int number) { return "texts/" + std::to_string(number); }
  // Deletes the files before `end`, saves, and gives the alarm the save to judge.
  void remove_until(int end) {
    for (int each = 0; each < end; ++each) workshop.remove(name(each));
    alarm.committed(workshop.snap());
    alarm.look([this] { ++looks; });
  }
  std::shared_ptr<history::Repository> history() {
    return {std::shared_ptr<void>(), &workshop.repository()};
  }

  test::Workshop workshop;
  snapshot::SnapshotOutcome first;
  Description description{agent, errands, file, data};
  Alarm alarm{context, description, history()};
  int looks = 0;
};

}  // namespace

TEST_CASE("alarm: most files deleted set it, until a person takes it off") {
  Stage stage;
  stage.remove_until(100);
  stage.work_all();
  REQUIRE(stage.alarm.is_set());
  CHECK(stage.looks == 1);
  CHECK(stage.description->alarm->deleted == 100);
  CHECK(stage.description->alarm->commit == stage.first.id.hex());
  REQUIRE(stage.told.size() == 1);
  CHECK(stage.told.front().starts_with("alarm: the alarm rings: 100 files were deleted"));
  CHECK(test::must(config::read_repository_file(*stage.open())).alarm.has_value());

  bool taken_off = false;
  stage.alarm.acknowledge([&](const Result<void>& done) { taken_off = done.has_value(); });
  stage.work_all();
  CHECK(taken_off);
  CHECK_FALSE(stage.alarm.is_set());
  CHECK_FALSE(test::must(config::read_repository_file(*stage.open())).alarm.has_value());
  CHECK(stage.told.size() == 2);
}

TEST_CASE("alarm: ordinary saves ask for no look") {
  Stage stage;
  stage.remove_until(3);
  CHECK(stage.errands.is_idle());
  CHECK(stage.looks == 0);
  CHECK_FALSE(stage.alarm.is_set());
}

TEST_CASE("alarm: what was being judged when a person took it off, or it ended, sets nothing") {
  Stage stage;
  stage.remove_until(100);
  REQUIRE_FALSE(stage.errands.is_idle());

  SECTION("taken off") {
    stage.description.edit().alarm.emplace();
    stage.alarm.acknowledge([](const Result<void>&) {});
  }
  SECTION("ended") {
    stage.alarm.stop();
  }
  stage.work_all();
  CHECK(stage.looks == 1);
  CHECK_FALSE(stage.alarm.is_set());
}
