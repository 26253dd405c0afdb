// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/snapshot_runs: real snapshots of a real folder, on the test's loop.
#include "agent/repository/snapshot_runs.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/history/repository.hpp"
#include "tests/support/watching_stage.hpp"

using namespace vcs;
using agent::repository::Audit;
using agent::repository::SnapshotRuns;
using object::CommitKind;
using std::chrono::seconds;
namespace fs = std::filesystem;

namespace {

struct Stage : test::WatchingStage {
  Stage() {
    watching.start();
    work_all();
    log.clear();
  }
  SnapshotRuns::Hooks hooks() {
    return {.begins = [this] { log.emplace_back("begins"); },
            .starting_audit = [this] { return audit; },
            .finished = [this](const auto&) { log.emplace_back("finished"); },
            .folder_was_replaced = [this] { log.emplace_back("replaced"); },
            .ran = [this](const auto&, const auto&) { log.emplace_back("ran"); }};
  }
  Result<snapshot::SnapshotOutcome> take(bool synced = true) {
    std::optional<Result<snapshot::SnapshotOutcome>> taken;
    const auto done = [&](const auto& outcome) {
      log.emplace_back("answer");
      taken = outcome;
    };
    if (synced)
      runs.take_synced(CommitKind::manual, "note", true, done);
    else
      runs.scheduler().run_now(CommitKind::automatic, "", done);
    work_all();
    REQUIRE(taken);
    return *taken;
  }
  void save(const std::string& path, const std::string& content) {
    workshop.save(path, content);
    runs.scheduler().look_at({path, false}, seconds(60));
  }

  Audit::RunPtr audit;  // of the next snapshot
  agent::repository::KnownMounts mounts{description.context(), {}};
  agent::repository::SilentWrites silent_writes{description.context(), [](const auto&) {}};
  SnapshotRuns runs{
      {description, folder_use, settings, ignore, chunker,
       std::shared_ptr<history::Repository>(std::shared_ptr<void>(), &workshop.repository())},
      {watching, mounts, silent_writes, hooks()},
      test::must(agent::repository::Summary::of(workshop.repository()))};
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("snapshot runs: a save is in the history, and what follows comes in its order") {
  Stage stage;
  stage.save("file", "changed");
  const auto outcome = test::must(stage.take());
  CHECK(outcome.created);
  CHECK(stage.workshop.tree().at("file") == "changed");
  CHECK(stage.runs.summary().head == outcome.id);
  CHECK(stage.runs.looked_at() == std::vector<worktree::Mark>{{"file", false}});
  CHECK(stage.told_since() == Lines{"begins", "finished", "answer", "ran"});
  CHECK(stage.description->root.has_value());
}

TEST_CASE("snapshot runs: a folder that another has replaced is told of, once it was looked at") {
  Stage stage;
  stage.save("file", "changed");
  test::must(stage.take());
  stage.told_since();
  auto root = *stage.description->root;
  ++root.inode;
  stage.description.remember_root(root);
  stage.save("file", "again");
  test::must(stage.take());
  CHECK(stage.told_since() == Lines{"begins", "finished", "answer", "replaced", "ran"});
}

TEST_CASE("snapshot runs: nothing is written into a history whose folder was taken away") {
  Stage stage;
  fs::rename(stage.workshop.data(), stage.workshop.data() + ".aside");
  stage.save("file", "changed");
  const auto outcome = stage.take();
  fs::rename(stage.workshop.data() + ".aside", stage.workshop.data());
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == ErrorCode::unavailable);
  CHECK(stage.told_since() == Lines{"begins", "finished", "answer", "ran"});
  CHECK(test::must(stage.take()).created);
}

TEST_CASE("snapshot runs: an audit that was cancelled ends as one that found nothing yet") {
  Stage stage;
  stage.audit = std::make_shared<Audit::Run>();
  stage.audit->cancelled = true;
  stage.audit->waiting = {{"file", false}};
  stage.runs.scheduler().look_at({"", true});
  const auto outcome = test::must(stage.take(false));
  CHECK_FALSE(outcome.full);
  CHECK(outcome.retry == stage.audit->waiting);
}

TEST_CASE("snapshot runs: a look that is to be compared leaves out what events had told") {
  Stage stage;
  stage.workshop.make_folder("missed");
  stage.workshop.save("missed/file", "1");
  stage.save("file", "told");
  stage.runs.look_at_everything_and_compare();
  const auto outcome = test::must(stage.take());
  CHECK(outcome.full);
  CHECK(stage.workshop.tree().at("missed/file") == "1");
  CHECK(stage.workshop.tree().at("file") == "told");
}
