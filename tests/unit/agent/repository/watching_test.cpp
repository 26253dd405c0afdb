// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/watching.
#include "agent/repository/watching.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/history/repository.hpp"
#include "tests/support/watching_stage.hpp"

using namespace vcs;
using agent::repository::Watching;
using std::chrono::milliseconds;
using std::chrono::seconds;
namespace watch = agent::watch;

namespace {

using Stage = test::WatchingStage;
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("watching: who waited for the watches is called between their start and the first look") {
  Stage stage;
  stage.watching.start();
  CHECK(stage.watching.is_starting());
  stage.watching.prove([&] { stage.log.emplace_back("waiter"); });
  stage.work_all();
  CHECK(stage.told_since() == Lines{"started", "waiter", "settled"});
  CHECK_FALSE(stage.watching.polls());
  CHECK(stage.description->root.has_value());
}

TEST_CASE("watching: a start that was dropped ends in nothing, and nobody waits for ever") {
  Stage stage;
  stage.watching.start();
  stage.watching.prove([&] { stage.log.emplace_back("waiter"); });
  stage.watching.drop();
  stage.work_all();
  CHECK(stage.told_since() == Lines{"waiter"});
  CHECK_FALSE(stage.watching.has_watcher());
  // Changes that the old watcher still reports are ignored.
  REQUIRE(stage.answers.sinks.size() == 1);
  stage.answers.sinks.front().changes({{"file", false, false, true}});
  stage.work_all();
  CHECK(stage.told_since().empty());
}

TEST_CASE(
    "watching: a folder that is away is looked for, soon and then less often, until it is back") {
  Stage stage;
  const std::string aside = stage.root() + "-aside";
  std::filesystem::rename(stage.root(), aside);
  stage.watching.start();
  stage.work_all();
  CHECK(stage.told_since() == Lines{"away"});

  stage.watching.look_for_root();
  stage.pass(milliseconds(100));
  CHECK(stage.told_since() == Lines{"away"});
  stage.watching.look_for_root();
  stage.pass(milliseconds(100));
  CHECK(stage.told_since().empty());
  stage.pass(milliseconds(100));
  CHECK(stage.told_since() == Lines{"away"});
  std::filesystem::rename(aside, stage.root());
  stage.watching.look_for_root();
  stage.pass(milliseconds(400));
  CHECK(stage.told_since() == Lines{"back"});

  SECTION("but not once it was stopped") {
    stage.watching.look_for_root();
    stage.watching.stop();
    stage.pass(seconds(5));
    CHECK(stage.told_since().empty());
    CHECK(stage.loop.timers() == 0);
  }
}

TEST_CASE("watching: a watcher that does not answer is no proof, so everything is looked at") {
  const bool answers = GENERATE(true, false);
  Stage stage;
  stage.watching.start();
  stage.work_all();
  (void)stage.told_since();
  stage.watching.prove([&] { stage.log.emplace_back("proven"); });
  REQUIRE(stage.answers.proofs.size() == 1);
  if (answers) stage.answers.sinks.front().proven(stage.answers.proofs.front());
  stage.pass(seconds(1));
  CHECK(stage.told_since() == (answers ? Lines{"proven"} : Lines{"look", "proven"}));
}

TEST_CASE(
    "watching: without a watch everything is looked at now and then, and a watch is tried for") {
  Stage stage;
  stage.answers.refuses = true;
  stage.watching.start();
  stage.work_all();
  CHECK(stage.told_since() == Lines{"started", "settled"});
  CHECK(stage.watching.polls());
  stage.watching.arm_polling();
  stage.pass(stage.settings.watch.poll_interval);
  CHECK(stage.told_since() == Lines{"no watcher"});
  // Without a watcher a proof needs a full scan.
  stage.watching.prove([&] { stage.log.emplace_back("proven"); });
  CHECK(stage.told_since() == Lines{"look", "proven"});
}
