// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/watched_times.
#include "agent/repository/watched_times.hpp"

#include <catch2/catch.hpp>
#include <optional>

#include "tests/support/part_stage.hpp"

using namespace vcs;
using agent::records::UnwatchedTime;
using agent::records::WatchRecord;
using agent::repository::WatchedTimes;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

struct Stage : test::PartStage {
  // Starts the agent anew, which reads its record. `proven`: the time of a commit.
  WatchedTimes& start(base::UnixNanos proven = {}) {
    times.emplace(context, open(), agent::records::read_watch_record(*open()), proven);
    return *times;
  }
  // A full scan; `changed`: it made a commit.
  void look(bool changed) {
    snapshot::SnapshotOutcome outcome;
    outcome.created = changed;
    outcome.commit.changed.modified = changed;
    times->judge(outcome);
    work_all();
  }
  agent::records::WatchRecord on_disk() {
    return test::must(agent::records::read_watch_record(*open()));
  }
  std::optional<WatchedTimes> times;
};

}  // namespace

TEST_CASE("watched times: a time without watching counts where files changed in it") {
  const bool changed = GENERATE(true, false);
  Stage stage;
  stage.start().watching_begins();
  stage.look(true);
  stage.pass(minutes(10));
  stage.times->watching_ends();
  stage.work_all();
  const base::UnixNanos ended = stage.clock.now();
  CHECK(stage.on_disk().until == ended);

  stage.pass(minutes(30));
  stage.start().watching_begins();
  CHECK(stage.times->gaps().empty());  // no full scan has shown it yet
  const base::UnixNanos began = stage.clock.now();
  stage.look(changed);
  using Gaps = std::vector<agent::records::UnwatchedTime>;
  CHECK(stage.times->gaps() == (changed ? Gaps{{ended, began}} : Gaps{}));
  CHECK(stage.on_disk().until == began);
  stage.pass(hours(24 * 8));
  CHECK(stage.times->gaps().empty());
}

TEST_CASE("watched times: whoever is killed has watched until the last hour, or the last commit") {
  const bool committed = GENERATE(true, false);
  Stage stage;
  stage.start().watching_begins();
  stage.look(true);
  const base::UnixNanos began = stage.clock.now();
  stage.pass(minutes(90));
  const base::UnixNanos killed = stage.clock.now();
  stage.times.reset();
  const base::UnixNanos last = committed ? killed : began + hours(1);
  stage.pass(minutes(5));
  stage.start(committed ? killed : base::UnixNanos{}).watching_begins();
  stage.look(true);
  REQUIRE(stage.times->gaps().size() == 1);
  CHECK(stage.times->gaps().front().from == last);
}

TEST_CASE("watched times: who is killed before the first look asks again") {
  Stage stage;
  stage.start().watching_begins();
  stage.look(true);
  stage.times->watching_ends();
  stage.work_all();
  const base::UnixNanos ended = stage.clock.now();
  stage.pass(minutes(30));
  stage.start().watching_begins();
  stage.pass(hours(3));
  stage.start().watching_begins();
  stage.look(true);
  REQUIRE(stage.times->gaps().size() == 1);
  CHECK(stage.times->gaps().front().from == ended);
}

TEST_CASE("watched times: a record that makes no sense is told, and begins anew") {
  Stage stage;
  test::write_file(stage.folder / agent::records::kWatchedName, "nonsense");
  stage.start();
  REQUIRE(stage.told.size() == 1);
  CHECK(stage.told.front().find("a new record begins") != std::string::npos);
  stage.times->watching_begins();
  stage.look(true);
  CHECK(stage.times->gaps().empty());
  CHECK(stage.on_disk().until == stage.clock.now());
}
