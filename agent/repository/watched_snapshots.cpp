// SPDX-License-Identifier: Apache-2.0
// The snapshots of a watched repository: requests for them, and the work that follows each.
#include "agent/repository/watched_parts.hpp"
#include "agent/repository/watched_repository.hpp"
#include "core/base/lack.hpp"

namespace vcs::agent::repository {
namespace {

using snapshot::SnapshotOutcome;

std::string describe(const object::ChangeCounts& changed) {
  return fmt::format("{} added, {} modified, {} deleted", changed.added, changed.modified,
                     changed.deleted);
}

}  // namespace

// --- Requests ---

// Calls `then` when the events of everything that was done before this call have come.
void WatchedRepository::when_synced(std::function<void()> then) {
  parts_->audit.make_way();
  parts_->left_out.problems().try_now();
  parts_->watching.prove(std::move(then));
}

void WatchedRepository::commit(std::string message, bool full, SnapshotDone done) {
  // While the watches are being set, a full scan will follow in any case.
  const bool look_at_all = full && !parts_->watching.is_starting();
  when_synced([this, message = std::move(message), look_at_all, done = std::move(done)] {
    if (look_at_all) parts_->snapshots.look_at_everything_and_compare();
    parts_->snapshots.take_synced(object::CommitKind::manual, message, false, done);
  });
}

void WatchedRepository::settle(SnapshotDone done) {
  when_synced([this, done = std::move(done)] {
    parts_->snapshots.take_synced(object::CommitKind::automatic, "", true, done);
  });
}

void WatchedRepository::look_at_everything() {
  if (parts_) parts_->snapshots.scheduler().look_at({"", true});
}

void WatchedRepository::read_everything(SnapshotDone done) {
  parts_->snapshots.read_everything();
  look_at_everything();
  parts_->snapshots.scheduler().run_now(object::CommitKind::automatic, "", std::move(done));
}

// --- What follows ---

void WatchedRepository::snapshot_finished(const Result<SnapshotOutcome>& result) {
  if (state_ == State::closed) return;
  if (!result) {
    const Error& error = result.error();
    if (error.code == ErrorCode::unavailable && !base::is_lack(error))
      return suspend(error.message);
    context_.log.error("{}: cannot take a snapshot: {}; trying again", file().name, error.message);
    context_.announce(file().name, "problem", error.message, "");
    return;
  }
  WatchedParts& parts = *parts_;
  if (result->full) {
    parts.watching.prefer_folders_of(result->differing);
    full_scan_done_ = true;
    parts.times.judge(*result);
  }
  parts.left_out.saw(parts.snapshots.looked_at(), *result);
  parts.silent_writes.remember(*result);
  parts.mounts.tell_unmounted(result->unmounted);
  if (!parts.watching.is_polling()) parts.watching.arm_polling();
  if (full_scan_done_ && state_ == State::scanning) set_state(State::watching);
  if (result->created) commit_made(*result);
  if (result->created || result->full) parts.after_saves.soon();
  // A new ignore rule may give folders a watch, or take it from them.
  if (parts.watching.has_watcher() && std::exchange(ignore_files_changed_, false)) watch_again();
}

void WatchedRepository::commit_made(const SnapshotOutcome& outcome) {
  const std::string counts = describe(outcome.commit.changed);
  context_.log.info("{}: commit {}: {}", file().name, outcome.id.short_hex(), counts);
  context_.announce(file().name, "commit", counts, outcome.id.hex());
  parts_->alarm.committed(outcome);
  parts_->sync.head_moved();
  parts_->maintenance.look();
  parts_->packs.look_soon();
}

}  // namespace vcs::agent::repository
