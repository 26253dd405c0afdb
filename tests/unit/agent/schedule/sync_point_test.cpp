// SPDX-License-Identifier: Apache-2.0
// Tests of agent/schedule/sync_point.
#include "agent/schedule/sync_point.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/manual_clock.hpp"
#include "tests/support/manual_loop.hpp"
#include "tests/support/no_watcher.hpp"

using namespace vcs;
using agent::schedule::SyncPoint;
using std::chrono::milliseconds;
using std::chrono::seconds;
namespace watch = agent::watch;

namespace {

// A watcher that collects the proofs it was asked for; the test answers them.
class AskedWatcher final : public test::NoWatcher {
 public:
  void ask_for_proof(watch::ProofToken token) override { asked.push_back(token); }
  std::vector<watch::ProofToken> asked;
};

struct Stage {
  SyncPoint::Done answer(const std::string& name) {
    return [this, name](bool proven) { answers.push_back(name + (proven ? " proven" : " open")); };
  }
  void wait(const std::string& name) { sync_point->wait(watcher, answer(name)); }

  AskedWatcher watcher;
  test::ManualClock clock;
  test::ManualLoop loop{clock};
  std::vector<std::string> answers;
  std::optional<SyncPoint> sync_point{std::in_place, loop};
};

using Answers = std::vector<std::string>;

}  // namespace

TEST_CASE("sync point: the watcher's word is the proof") {
  Stage stage;
  stage.wait("a");
  REQUIRE(stage.watcher.asked.size() == 1);
  CHECK(stage.answers.empty());
  stage.sync_point->proven(stage.watcher.asked[0]);
  CHECK(stage.answers == Answers{"a proven"});
  CHECK(stage.loop.timers() == 0);
  stage.sync_point->proven(stage.watcher.asked[0]);
  stage.loop.advance(seconds(10));
  CHECK(stage.answers.size() == 1);
}

TEST_CASE("sync point: without a word in time there is no proof") {
  Stage stage;
  stage.wait("a");
  stage.loop.advance(milliseconds(999));
  CHECK(stage.answers.empty());
  stage.loop.advance(milliseconds(1));
  CHECK(stage.answers == Answers{"a open"});
  stage.sync_point->proven(stage.watcher.asked[0]);
  CHECK(stage.answers.size() == 1);
}

TEST_CASE("sync point: each waits for a proof of its own") {
  Stage stage;
  stage.wait("a");
  stage.wait("b");
  REQUIRE(stage.watcher.asked.size() == 2);
  CHECK(stage.watcher.asked[0] != stage.watcher.asked[1]);
  stage.sync_point->proven(stage.watcher.asked[1]);
  stage.sync_point->proven(12345);
  CHECK(stage.answers == Answers{"b proven"});
  stage.loop.advance(seconds(1));
  CHECK(stage.answers == Answers{"b proven", "a open"});
}

TEST_CASE("sync point: an answer may ask again") {
  Stage stage;
  stage.sync_point->wait(stage.watcher, [&](bool) { stage.wait("again"); });
  stage.sync_point->proven(stage.watcher.asked[0]);
  REQUIRE(stage.watcher.asked.size() == 2);
  stage.sync_point->proven(stage.watcher.asked[1]);
  CHECK(stage.answers == Answers{"again proven"});
}

TEST_CASE("sync point: no timer outlives it") {
  Stage stage;
  stage.wait("never");
  CHECK(stage.loop.timers() == 1);
  stage.sync_point.reset();
  CHECK(stage.loop.timers() == 0);
  CHECK(stage.answers.empty());
}
