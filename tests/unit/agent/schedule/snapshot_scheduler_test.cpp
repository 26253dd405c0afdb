// SPDX-License-Identifier: Apache-2.0
// Tests of agent/schedule/snapshot_scheduler.
#include "agent/schedule/snapshot_scheduler.hpp"

#include <catch2/catch.hpp>

#include "tests/support/manual_loop.hpp"

using namespace vcs;
using agent::schedule::SettleOptions;
using agent::schedule::SnapshotScheduler;
using base::ErrorCode;
using object::CommitKind;
using snapshot::SnapshotOutcome;
using snapshot::SnapshotRequest;
using std::chrono::milliseconds;
using std::chrono::seconds;
using worktree::Mark;
using Outcome = SnapshotScheduler::Outcome;

namespace {

// A scheduler whose snapshots end when the test says so.
struct Stage {
  Outcome finish(Outcome result = SnapshotOutcome{}) {
    REQUIRE(done);
    std::exchange(done, nullptr)(result);
    loop.turn();
    return result;
  }
  void fail() { finish(base::fail(ErrorCode::no_space, "the disk is full")); }
  // Takes the request of the one snapshot that has begun since the last call.
  SnapshotRequest begun() {
    REQUIRE(requests.size() == 1);
    SnapshotRequest request = std::move(requests.front());
    requests.clear();
    return request;
  }
  SnapshotScheduler::Done answer(const std::string& name) {
    return [this, name](const Outcome& result) {
      answers.push_back(name + (result ? " ok" : ": " + result.error().message));
    };
  }
  void change(const std::string& path) { scheduler.changed({path, false, false, false}); }

  test::ManualClock clock;
  test::ManualLoop loop{clock};
  std::vector<SnapshotRequest> requests;
  std::vector<std::string> answers;
  SnapshotScheduler::Done done;
  int finished = 0;
  SnapshotScheduler scheduler{loop, clock, SettleOptions{},
                              [this](SnapshotRequest request, SnapshotScheduler::Done on_done) {
                                REQUIRE_FALSE(done);  // one at a time
                                requests.push_back(std::move(request));
                                done = std::move(on_done);
                              },
                              [this](const Outcome&) { ++finished; }};
};

using Marks = std::vector<Mark>;

}  // namespace

TEST_CASE("snapshot scheduler: a change becomes a snapshot when it is quiet") {
  Stage stage;
  stage.change("a");
  stage.loop.advance(milliseconds(499));
  CHECK(stage.requests.empty());
  stage.loop.advance(milliseconds(1));
  CHECK(stage.begun().marks == Marks{{"a", false}});
  CHECK(stage.scheduler.running());
  stage.finish();
  CHECK_FALSE(stage.scheduler.running());
  CHECK(stage.finished == 1);
  CHECK(stage.loop.timers() == 0);
}

TEST_CASE(
    "snapshot scheduler: one snapshot at a time, and what came meanwhile "
    "is next") {
  Stage stage;
  stage.change("a");
  stage.loop.advance(seconds(1));
  (void)stage.begun();
  stage.change("b");
  stage.loop.advance(seconds(60));
  CHECK(stage.requests.empty());
  stage.finish();
  CHECK(stage.begun().marks == Marks{{"b", false}});
  stage.finish();
}

TEST_CASE(
    "snapshot scheduler: commands do not wait, and those that wait "
    "together share one") {
  Stage stage;
  stage.change("a");
  stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("first"));
  CHECK(stage.begun().marks == Marks{{"a", false}});
  stage.change("b");
  stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("second"));
  stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("third"));
  CHECK(stage.requests.empty());
  stage.finish();
  // A snapshot that began before a call does not answer that call.
  CHECK(stage.answers == std::vector<std::string>{"first ok"});
  CHECK(stage.begun().marks == Marks{{"b", false}});
  stage.finish();
  CHECK(stage.answers == std::vector<std::string>{"first ok", "second ok", "third ok"});
  CHECK(stage.requests.empty());
}

TEST_CASE("snapshot scheduler: who waited is answered when it is known what became of it") {
  Stage stage;
  int known = 0;
  stage.scheduler.run_now(CommitKind::manual, "", [&](const Outcome&) { known = stage.finished; });
  stage.finish();
  CHECK(known == 1);
}

TEST_CASE("snapshot scheduler: each manual commit keeps its message") {
  Stage stage;
  stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("running"));
  CHECK(stage.begun().kind == CommitKind::automatic);
  stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("one"));
  stage.scheduler.run_now(CommitKind::manual, "first", stage.answer("two"));
  stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("three"));
  stage.scheduler.run_now(CommitKind::manual, "second", stage.answer("four"));
  stage.finish();
  SnapshotRequest request = stage.begun();
  CHECK(request.kind == CommitKind::manual);
  CHECK(request.message == "first");
  stage.finish();
  CHECK(stage.answers == std::vector<std::string>{"running ok", "one ok", "two ok", "three ok"});
  request = stage.begun();
  CHECK(request.kind == CommitKind::manual);
  CHECK(request.message == "second");
  stage.finish();
  CHECK(stage.answers.back() == "four ok");
}

TEST_CASE(
    "snapshot scheduler: a failure keeps its marks and is tried again, "
    "later and later") {
  Stage stage;
  stage.scheduler.look_at({"a", true});
  stage.loop.advance({});
  CHECK(stage.begun().marks == Marks{{"a", true}});
  stage.fail();
  REQUIRE(stage.scheduler.trouble());
  CHECK(stage.scheduler.trouble()->code == ErrorCode::no_space);
  for (const int pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
    stage.loop.advance(seconds(pause) - milliseconds(1));
    REQUIRE(stage.requests.empty());
    stage.loop.advance(milliseconds(1));
    CHECK(stage.begun().marks == Marks{{"a", true}});
    stage.fail();
  }
  stage.loop.advance(seconds(60));
  (void)stage.begun();
  stage.finish();
  CHECK_FALSE(stage.scheduler.trouble());
  CHECK(stage.scheduler.pending() == 0);
}

TEST_CASE("snapshot scheduler: trouble ends by itself, even where nothing waits") {
  Stage stage;
  stage.scheduler.run_now(CommitKind::manual, "now", stage.answer("command"));
  (void)stage.begun();
  stage.fail();
  for (const int pause : {1, 2, 4}) {
    REQUIRE(stage.scheduler.trouble());
    stage.loop.advance(seconds(pause) - milliseconds(1));
    REQUIRE(stage.requests.empty());
    stage.loop.advance(milliseconds(1));
    const SnapshotRequest request = stage.begun();
    CHECK(request.marks.empty());
    CHECK(request.kind == CommitKind::automatic);
    pause == 4 ? (void)stage.finish() : stage.fail();
  }
  CHECK_FALSE(stage.scheduler.trouble());
  CHECK(stage.answers.size() == 1);
  stage.loop.advance(seconds(1000));
  CHECK(stage.requests.empty());
}

TEST_CASE(
    "snapshot scheduler: in trouble new changes do not hurry it, a "
    "command does") {
  Stage stage;
  stage.scheduler.look_at({"a", false});
  stage.loop.advance({});
  for (const int pause : {1, 2, 4}) {
    (void)stage.begun();
    stage.fail();
    stage.loop.advance(seconds(pause));
  }
  (void)stage.begun();
  stage.fail();
  for (int step = 0; step < 7; ++step) {
    stage.change("b");
    stage.loop.advance(seconds(1));
    REQUIRE(stage.requests.empty());
  }
  stage.scheduler.run_now(CommitKind::manual, "now", stage.answer("command"));
  CHECK(stage.begun().marks == Marks{{"a", false}, {"b", false}});
  stage.finish();
  stage.change("c");
  stage.loop.advance(milliseconds(500));
  CHECK(stage.begun().marks == Marks{{"c", false}});
  stage.finish();
}

TEST_CASE("snapshot scheduler: what was moving is looked at again") {
  Stage stage;
  stage.change("a");
  stage.loop.advance(seconds(1));
  (void)stage.begun();
  SnapshotOutcome outcome;
  outcome.retry = {{"a", false}};
  stage.finish(outcome);
  CHECK(stage.scheduler.pending() == 1);
  CHECK_FALSE(stage.scheduler.trouble());
  stage.loop.advance(seconds(4));
  CHECK(stage.requests.empty());
  stage.loop.advance(seconds(1));
  CHECK(stage.begun().marks == Marks{{"a", false}});
  stage.finish();
}

TEST_CASE(
    "snapshot scheduler: a file that is being written is looked at when "
    "it is due") {
  Stage stage;
  stage.change("a");
  stage.loop.advance(seconds(1));
  (void)stage.begun();
  SnapshotOutcome outcome;
  outcome.restless = {{"a", seconds(60)}};
  stage.finish(outcome);
  CHECK(stage.scheduler.pending() == 1);
  stage.loop.advance(seconds(59));
  CHECK(stage.requests.empty());
  stage.loop.advance(seconds(1));
  CHECK(stage.begun().marks == Marks{{"a", false, true}});
  stage.finish();
}

TEST_CASE(
    "snapshot scheduler: who waits for what is on disk gets files that "
    "are being written") {
  Stage stage;
  stage.change("a");
  stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("audit"));
  CHECK_FALSE(stage.begun().take_restless);
  stage.finish();
  stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("settled"), true);
  CHECK(stage.begun().take_restless);
  stage.finish();
}

TEST_CASE("snapshot scheduler: paused, commands are answered and marks gather") {
  Stage stage;
  stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("running"));
  (void)stage.begun();
  stage.scheduler.run_now(CommitKind::manual, "m", stage.answer("waiting"));
  stage.scheduler.pause(base::Error{ErrorCode::unavailable, "paused", 0});
  CHECK(stage.answers == std::vector<std::string>{"waiting: paused"});
  stage.scheduler.run_now(CommitKind::manual, "m", stage.answer("late"));
  CHECK(stage.answers.back() == "late: paused");
  stage.finish();
  CHECK(stage.answers.back() == "running ok");
  stage.change("a");
  stage.scheduler.look_at({"b", true});
  stage.loop.advance(seconds(60));
  CHECK(stage.requests.empty());
  CHECK(stage.scheduler.pending() == 2);
  stage.scheduler.resume();
  stage.loop.advance({});
  CHECK(stage.begun().marks == Marks{{"a", false}, {"b", true}});
  stage.finish();
}

TEST_CASE("snapshot scheduler: an answer may ask again at once") {
  Stage stage;
  stage.scheduler.run_now(CommitKind::automatic, "", [&](const Outcome&) {
    stage.answers.push_back("first");
    stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("second"));
    stage.scheduler.run_now(CommitKind::automatic, "", stage.answer("third"));
  });
  (void)stage.begun();
  stage.finish();
  (void)stage.begun();
  stage.finish();
  if (stage.done) stage.finish();
  CHECK(stage.answers == std::vector<std::string>{"first", "second ok", "third ok"});
}

TEST_CASE("snapshot scheduler: a runner that answers at once is answered once") {
  test::ManualClock clock;
  test::ManualLoop loop(clock);
  int runs = 0, answers = 0;
  SnapshotScheduler scheduler(
      loop, clock, {},
      [&](SnapshotRequest, SnapshotScheduler::Done done) {
        ++runs;
        done(SnapshotOutcome{});
      },
      [](const Outcome&) {});
  scheduler.run_now(CommitKind::automatic, "", [&](const Outcome&) { ++answers; });
  CHECK(runs == 1);
  CHECK(answers == 1);
  CHECK_FALSE(scheduler.running());
}
