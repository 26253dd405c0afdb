// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/watching.
#include "agent/repository/watching.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/no_watcher.hpp"
#include "tests/support/part_stage.hpp"
#include "tests/support/workshop.hpp"

using namespace vcs;
using agent::repository::Description;
using agent::repository::FolderUse;
using agent::repository::Watching;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
namespace watch = agent::watch;

namespace {

// What the watchers of a test were told, and how they answer.
struct Answers {
  std::vector<watch::WatchSink> sinks;  // of each that was started
  std::vector<watch::ProofToken> proofs;
  watch::WatchUsage usage;
  bool refuses = false;
};

class AnsweringWatcher final : public test::NoWatcher {
 public:
  explicit AnsweringWatcher(Answers& answers) : answers_(answers) {}
  Result<void> start(const std::string&, const std::string&, watch::WatchSink sink,
                     watch::FolderFilter) override {
    if (answers_.refuses) return base::fail(base::ErrorCode::no_space, "no watch is left");
    answers_.sinks.push_back(std::move(sink));
    return {};
  }
  void ask_for_proof(watch::ProofToken token) override { answers_.proofs.push_back(token); }
  watch::WatchUsage usage() const override { return answers_.usage; }

 private:
  Answers& answers_;
};

struct Stage : test::PartStage {
  Stage() {
    agent.make_watcher = [this] { return std::make_unique<AnsweringWatcher>(answers); };
    agent.storage_of = [](const std::string&) { return watch::StorageKind::solid; };
    agent.places = [] { return agent::Places{}; };
    workshop.save("file", "content");
    workshop.snap();
    description.edit().worktree = workshop.at("");
    description.edit().worktree.pop_back();  // the slash
    description.opened(open());
  }
  Watching::Events events_to_log() {
    Watching::Events events;
    events.changed = [this](const auto&) { log.emplace_back("changed"); };
    events.started = [this] { log.emplace_back("started"); };
    events.settled = [this] { log.emplace_back("settled"); };
    events.root_is_away = [this](const std::string&) { log.emplace_back("away"); };
    events.root_is_back = [this] { log.emplace_back("back"); };
    events.look_at_everything = [this] { log.emplace_back("look"); };
    events.may_poll = [] { return true; };
    events.no_watcher = [this] { log.emplace_back("no watcher"); };
    return events;
  }
  std::vector<std::string> told_since() { return std::exchange(log, {}); }
  std::string root() const { return description->worktree; }

  Answers answers;
  test::Workshop workshop;
  Description description{agent, errands, file, data};
  FolderUse folder_use{loop};
  config::Settings settings;
  std::vector<std::string> log;
  std::shared_ptr<const worktree::IgnorePatterns> ignore;
  object::Chunker chunker{{}};
  Watching watching{{description,
                     folder_use,
                     settings,
                     ignore,
                     chunker,
                     {std::shared_ptr<void>(), &workshop.repository()}},
                    events_to_log()};
};

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
  // What its watcher still tells is of no interest.
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
  // Nothing would tell, so whoever wants a proof has everything looked at.
  stage.watching.prove([&] { stage.log.emplace_back("proven"); });
  CHECK(stage.told_since() == Lines{"look", "proven"});
}
