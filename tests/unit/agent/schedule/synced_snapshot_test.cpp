// SPDX-License-Identifier: Apache-2.0
// Tests of agent/schedule/synced_snapshot: every order in which events, look and snapshots end.
#include "agent/schedule/synced_snapshot.hpp"

#include <catch2/catch.hpp>

using namespace vcs;
using agent::schedule::SnapshotScheduler;
using agent::schedule::SyncedSnapshot;
using Look = SyncedSnapshot::Look;

namespace {

struct Stage {
  explicit Stage(Look look)
      : synced(std::make_shared<SyncedSnapshot>(
            look, [this](SnapshotScheduler::Done done) { running.push_back(std::move(done)); },
            [this](const SnapshotScheduler::Result& result) { answers.push_back(result); })) {}

  // The snapshot that was begun last ends.
  void end(bool created, std::uint64_t number) {
    snapshot::SnapshotOutcome outcome;
    outcome.created = created;
    outcome.differences = number;
    running.back()(outcome);
  }

  std::vector<SnapshotScheduler::Done> running;
  std::vector<SnapshotScheduler::Result> answers;
  std::shared_ptr<SyncedSnapshot> synced;
};

}  // namespace

TEST_CASE("synced snapshot: it runs beside the look, and is the answer when nothing was found") {
  const bool look_ends_first = GENERATE(false, true);
  Stage stage(Look::beside);
  CHECK(stage.running.empty());
  stage.synced->told();
  REQUIRE(stage.running.size() == 1);
  if (look_ends_first) stage.synced->looked(false);
  CHECK(stage.answers.empty());
  stage.end(true, 1);
  if (!look_ends_first) {
    CHECK(stage.answers.empty());
    stage.synced->looked(false);
  }
  REQUIRE(stage.answers.size() == 1);
  CHECK(stage.answers[0]->differences == 1);
  CHECK(stage.running.size() == 1);
}

TEST_CASE("synced snapshot: what the look finds meanwhile is in a second one") {
  const bool look_ends_first = GENERATE(false, true);
  const bool created = GENERATE(false, true);
  Stage stage(Look::beside);
  stage.synced->told();
  if (look_ends_first) stage.synced->looked(true);
  stage.end(true, 1);
  if (!look_ends_first) stage.synced->looked(true);
  CHECK(stage.answers.empty());
  REQUIRE(stage.running.size() == 2);
  stage.end(created, 2);
  REQUIRE(stage.answers.size() == 1);
  // The one that made a commit is told of.
  CHECK(stage.answers[0]->differences == (created ? 2 : 1));
  CHECK(stage.running.size() == 2);
}

TEST_CASE("synced snapshot: where it must not run twice, or everything is known, it runs once") {
  const auto [look, look_ends_first] = GENERATE(
      table<Look, bool>({{Look::first, false}, {Look::first, true}, {Look::beside, true}}));
  Stage stage(look);
  look_ends_first ? stage.synced->looked(true) : stage.synced->told();
  CHECK(stage.running.empty());
  look_ends_first ? stage.synced->told() : stage.synced->looked(true);
  REQUIRE(stage.running.size() == 1);
  stage.end(GENERATE(false, true), 1);
  CHECK(stage.answers.size() == 1);
  CHECK(stage.running.size() == 1);
}

TEST_CASE("synced snapshot: a failure is the answer, whatever the look finds") {
  Stage stage(Look::beside);
  stage.synced->told();
  stage.running.back()(base::fail(base::ErrorCode::no_space, "full"));
  CHECK(stage.answers.empty());
  stage.synced->looked(true);
  REQUIRE(stage.answers.size() == 1);
  CHECK(stage.answers[0].error().code == base::ErrorCode::no_space);
  CHECK(stage.running.size() == 1);
}
