// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/audit: the test ends each snapshot and decides what it finds.
#include "agent/repository/audit.hpp"

#include <catch2/catch.hpp>

#include "core/history/repository.hpp"
#include "tests/support/watching_stage.hpp"

using namespace vcs;
using agent::repository::Audit;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct Stage : test::WatchingStage {
  Stage() {
    watching.start();
    work_all();
    audit.begin_every(hours(1));
  }
  // Ends the running snapshot, which has found that these paths differ.
  void snapshot_ends(const std::vector<std::string>& differing, bool full = true) {
    snapshot::SnapshotOutcome outcome;
    outcome.full = full;
    outcome.differing = differing;
    REQUIRE(done);
    std::exchange(done, nullptr)(outcome);
    audit.snapshot_ran(std::exchange(run, nullptr), outcome);
    loop.turn();
  }
  // Runs a due audit to its end; it finds that these paths differ.
  void audit_finds(const std::vector<std::string>& differing) {
    prove_all();
    snapshot_ends(differing);
    prove_all();
  }
  void saved(const std::string& path) {
    const agent::watch::Change change{path, false, false, true};
    audit.hears(change);
    snapshots.changed(change);
  }

  agent::schedule::SnapshotScheduler::Done done;  // of the running snapshot
  Audit::RunPtr run;                              // the audit that it belongs to
  std::vector<worktree::Mark> marks;              // what it scans
  bool may_begin = true;
  int due = 0;
  agent::schedule::SnapshotScheduler snapshots{
      loop,
      clock,
      {},
      [this](snapshot::SnapshotRequest request, auto ended) {
        marks = request.marks;
        run = audit.starting();
        done = std::move(ended);
      },
      [](const auto&) {}};
  agent::schedule::ProblemFiles problems{loop, [](const auto&) {}};
  Audit audit{
      {context, snapshots, watching, problems, [this] { ++due; }, [this] { return may_begin; }}};
};

}  // namespace

TEST_CASE("audit: what differs without an event is drift, and is told") {
  Stage stage;
  stage.pass(hours(1));
  CHECK(stage.due == 1);
  CHECK(stage.agent.auditing);
  stage.audit_finds({"forgotten", "told"});
  CHECK(stage.audit.drift() == 2);
  CHECK(stage.audit.last() == stage.clock.now());
  CHECK(stage.told.back() == "audit: 2 changes the watcher had missed");
  CHECK_FALSE(stage.agent.auditing);
}

TEST_CASE("audit: a change that was told before it, while it ran or late is no drift") {
  Stage stage;
  stage.saved("before");
  stage.pass(hours(1));
  stage.snapshot_ends({"before"});  // an ordinary snapshot
  stage.saved("waits");
  stage.prove_all();
  stage.saved("meanwhile");
  stage.snapshot_ends({"waits", "meanwhile", "late"});
  stage.saved("late");
  stage.prove_all();
  CHECK(stage.audit.drift() == 0);
  CHECK(stage.audit.last() != base::UnixNanos{});
}

TEST_CASE("audit: with an ignore file that changed, nothing beside and below it is drift") {
  Stage stage;
  stage.pass(hours(1));
  stage.prove_all();
  stage.saved("src/.vcsignore");
  stage.snapshot_ends({"src/a", "src/deep/b", "other"});
  stage.prove_all();
  CHECK(stage.audit.drift() == 1);
}

TEST_CASE("audit: it makes way for a save, and begins again in a minute") {
  Stage stage;
  stage.pass(hours(1));
  stage.prove_all();
  REQUIRE(stage.run);
  stage.audit.make_way();
  CHECK(stage.run->cancelled);
  stage.snapshot_ends({}, false);
  CHECK(stage.audit.last() == base::UnixNanos{});
  stage.pass(minutes(1));
  CHECK(stage.due == 2);
  stage.audit_finds({});
  CHECK(stage.audit.last() == stage.clock.now());
}

TEST_CASE("audit: where saves come all the time the third attempt makes no way") {
  Stage stage;
  stage.pass(hours(1));
  for (int attempt = 1; attempt < 3; ++attempt) {
    stage.prove_all();
    stage.audit.make_way();
    CHECK(stage.run->cancelled);
    stage.snapshot_ends({}, false);
    stage.pass(minutes(1));
  }
  stage.prove_all();
  stage.audit.make_way();
  CHECK_FALSE(stage.run->cancelled);
  stage.snapshot_ends({});
  stage.prove_all();
  CHECK(stage.audit.last() != base::UnixNanos{});
}

TEST_CASE("audit: one repository at a time, and none where it may not begin") {
  Stage stage;
  stage.agent.auditing = true;  // another repository's audit
  stage.pass(hours(1));
  CHECK(stage.answers.proofs.empty());
  stage.agent.auditing = false;
  stage.may_begin = false;
  stage.pass(minutes(1));
  CHECK_FALSE(stage.agent.auditing);
  CHECK(stage.due == 2);
}

TEST_CASE("audit: once stopped it asks for nothing, and leaves the turn to others") {
  Stage stage;
  stage.pass(hours(1));
  CHECK(stage.agent.auditing);
  stage.audit.stop();
  CHECK_FALSE(stage.agent.auditing);
  stage.prove_all();
  CHECK_FALSE(stage.done);
  stage.pass(hours(3));
  CHECK(stage.due == 1);
}
