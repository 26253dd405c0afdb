// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/known_mounts and left_out.
#include "agent/repository/known_mounts.hpp"

#include <catch2/catch.hpp>

#include "agent/repository/left_out.hpp"
#include "tests/support/part_stage.hpp"

using namespace vcs;
using agent::repository::KnownMounts;
using agent::repository::LeftOut;
using base::ErrorCode;
using base::Result;

namespace {

struct Stage : test::PartStage {
  // Dismisses `path`. Gives the error; nothing: it is done.
  std::optional<ErrorCode> dismiss(const std::string& path) {
    std::optional<Result<void>> answer;
    mounts.dismiss(path, snapshots, [&](Result<void> done) { answer = std::move(done); });
    work_all();
    REQUIRE(answer.has_value());
    return *answer ? std::nullopt : std::optional(answer->error().code);
  }

  KnownMounts mounts{context, {}};
  index::Mounts seen_next;  // by the next snapshot
  agent::schedule::SnapshotScheduler snapshots{
      loop,
      clock,
      {},
      [this](snapshot::SnapshotRequest request, agent::schedule::SnapshotScheduler::Done done) {
        looked_at = request.marks;
        for (const std::string& path : mounts.take_dismissed()) seen_next.erase(path);
        mounts.saw(seen_next);
        done(snapshot::SnapshotOutcome{});
      },
      [](const auto&) {}};
  std::vector<worktree::Mark> looked_at;
};

}  // namespace

TEST_CASE(
    "known mounts: what is not mounted any more is told once, and what is awaited no more, too") {
  Stage stage;
  stage.mounts.tell_unmounted({"disk"});
  stage.mounts.tell_unmounted({"disk"});
  REQUIRE(stage.told.size() == 1);
  CHECK(stage.told[0].starts_with("problem: disk is not mounted any more"));
  CHECK(stage.mounts.unmounted() == std::vector<std::string>{"disk"});
  stage.mounts.tell_unmounted({});
  REQUIRE(stage.told.size() == 2);
  CHECK(stage.told[1].starts_with("state: disk is mounted again"));
}

TEST_CASE("known mounts: only what is known can be dismissed") {
  Stage stage;
  CHECK(stage.dismiss("nowhere") == ErrorCode::not_found);
  CHECK(stage.looked_at.empty());
}

TEST_CASE("left out: a look at everything begins anew, others add and take away") {
  Stage stage;
  LeftOut left_out(stage.loop, [](const worktree::Mark&) {});
  snapshot::SnapshotOutcome outcome;
  outcome.full = true;
  outcome.special = {"fifo", "socket"};
  outcome.builtin = {"a.swp"};
  left_out.saw({{"", true}}, outcome);
  CHECK(left_out.special() == 2);
  CHECK(left_out.builtin() == 1);

  snapshot::SnapshotOutcome gone;
  gone.absent = {"fifo"};
  gone.builtin = {"a.swp", "b.swp"};
  left_out.saw({{"fifo", false}}, gone);
  CHECK(left_out.special() == 1);
  CHECK(left_out.builtin() == 2);

  snapshot::SnapshotOutcome full;
  full.full = true;
  left_out.saw({{"", true}}, full);
  CHECK(left_out.special() == 0);
  CHECK(left_out.builtin() == 0);
}
