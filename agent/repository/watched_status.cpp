// SPDX-License-Identifier: Apache-2.0
// The answer to `status`, from what is in memory.
#include <unistd.h>

#include "agent/repository/watched_repository.hpp"
#include "agent/repository/watched_summary.hpp"
#include "core/base/lack.hpp"

namespace vcs::agent::repository {
namespace {

constexpr std::size_t kMostProblemsShown = 100;

ipc::Progress progress_of(const snapshot::SnapshotProgress& progress) {
  using Stage = snapshot::SnapshotProgress::Stage;
  ipc::Progress shown;
  switch (progress.stage.load()) {
    case Stage::idle:
      return shown;
    case Stage::reading:
      shown.stage = "reading";
      break;
    case Stage::committing:
      shown.stage = "committing";
      break;
  }
  shown.files_done = progress.ingest.files_done;
  shown.files_total = progress.ingest.files_total;
  shown.bytes_done = progress.ingest.bytes_done;
  shown.bytes_total = progress.ingest.bytes_total;
  return shown;
}

// What the work consists of: from nine parts in ten on, one kind of file is what matters.
const char* shape_of(std::uint64_t small, std::uint64_t large) {
  if (small + large == 0) return "";
  if (small / 9 >= large) return "small_files";
  return large / 9 >= small ? "large_files" : "mixture";
}

ipc::PipelineStatus pipeline_of(const snapshot::IngestProgress& ingest,
                                watch::StorageKind storage) {
  return {ingest.lanes, ingest.readers, ingest.batch_files, watch::storage_kind_name(storage),
          shape_of(ingest.small_cost, ingest.large_cost)};
}

const char* kind_of(const worktree::Problem& problem) {
  using Kind = worktree::Problem::Kind;
  if (problem.kind == Kind::too_large) return "too_large";
  if (problem.kind == Kind::path_too_long) return "path_too_long";
  return base::is_lack(problem.error) ? "lacking" : "unreadable";
}

}  // namespace

ipc::BrakeStatus brake_status(const config::RepositoryFile& file) {
  if (!file.brake) return {};
  const config::BrakeEntry& brake = *file.brake;
  return {brake.reason, brake.since, brake.commit, brake.deleted, brake.rewritten};
}

std::string holder_text() {
  return fmt::format("vcsd with process id {}", getpid());
}

namespace {

// What opening has found, and what no repair has brought back.
base::Result<std::string> known_damage(history::Repository& repository) {
  VCS_ASSIGN(const auto lost, repository.lost_head());
  if (lost)
    return fmt::format("the newest commit was {} and is lost; saves go on behind an older one",
                       lost->short_hex());
  const std::vector<std::string> damage = repository.store().known_damage();
  return damage.empty() ? std::string() : damage.front();
}

}  // namespace

base::Result<std::shared_ptr<Summary>> Summary::of(history::Repository& repository) {
  auto summary = std::make_shared<Summary>();
  summary->store = repository.store().stats();
  VCS_ASSIGN(summary->damage, known_damage(repository));
  const auto head = repository.head();
  if (!head) return summary;
  summary->head = *head;
  VCS_ASSIGN(summary->commit, repository.read_commit(*head));
  // A damaged tree is no reason to watch nothing: the next snapshot mends what it can of it.
  auto totals = tree::tree_totals(repository.nodes(), summary->commit.tree);
  if (totals) summary->totals = *totals;
  return summary;
}

ipc::RepositoryStatus WatchedRepository::status() const {
  ipc::RepositoryStatus status;
  status.name = file_.name;
  status.id = file_.id;
  status.worktree = file_.worktree;
  if (const config::DeviceEntry* entry = device_at(context_, data_, file_)) {
    status.device = entry->id;
    status.copy_of = entry->copy_of;
  }
  switch (state_) {
    case State::opening:
      status.state = "opening";
      break;
    case State::scanning:
      status.state = "scanning";
      break;
    case State::watching:
      status.state = "watching";
      break;
    case State::suspended:
      status.state = "suspended";
      break;
    case State::failed:
      status.state = "error";
      break;
    case State::closed:
      status.state = "stopping";
      break;
  }
  status.reason = reason_;
  if (scheduler_ && scheduler_->trouble() && state_ != State::suspended) {
    status.state = "error";
    status.reason = scheduler_->trouble()->message;
  }
  if (!summary_->head.is_zero()) status.head = summary_->head.hex();
  status.head_time = summary_->commit.time;
  status.commits = summary_->commit.sequence;
  status.files = summary_->totals.files;
  status.bytes = summary_->totals.bytes;
  status.store = {summary_->store.objects,
                  summary_->store.packs,
                  summary_->store.bytes_raw,
                  summary_->store.bytes_stored,
                  {}};
  if (maintenance_) {
    const store::CompactionTotals& totals = maintenance_->totals();
    status.store.compacted = {totals.runs, totals.bytes_before, totals.bytes_after};
  }
  status.pending_changes = scheduler_ ? scheduler_->pending() : 0;
  status.watches.lost_events = lost_events_;
  if (watcher_) {
    const watch::WatchUsage usage = watcher_->usage();
    status.watches = {usage.used, usage.limit, usage.polled_folders,
                      lost_events_ + usage.lost_events};
  } else if (state_ == State::watching) {
    status.watches.polled_folders = 1;  // the whole, from its top
  }
  status.last_audit = {last_audit_, drift_};
  status.brake = brake_status(file_);
  status.owed = owed_status();
  if (sync_) status.remotes = sync_->status();
  for (const auto& [path, problem] : problems_.all()) {
    ++(problem.is_kept ? status.incomplete_count : status.problem_count);
    auto& shown = problem.is_kept ? status.incomplete : status.problems;
    if (shown.size() < kMostProblemsShown)
      shown.push_back({path, problem.error.message, kind_of(problem)});
  }
  status.skipped_special = special_.size();
  status.skipped_builtin = builtin_.size();
  for (const std::string& path : unmounted_)
    status.unmounted.push_back({path, "not mounted any more; nothing is deleted below it", ""});
  status.missing_packs = missing_packs_;
  status.damage = summary_->damage.empty() ? head_damage_ : summary_->damage;
  if (status.damage.empty()) status.damage = damage_.text();
  status.unwatched = unwatched();
  status.open = repository_ != nullptr;
  if (snapshotter_) {
    status.progress = progress_of(snapshotter_->progress());
    status.pipeline = pipeline_of(snapshotter_->progress().ingest, storage_);
  }
  return status;
}

ipc::OwedStatus WatchedRepository::owed_status() const {
  const auto owed = repository_ ? repository_->owed() : std::nullopt;
  if (!owed) return {};
  ipc::OwedStatus status{owed->commit.hex(), owed->since, owed_.count, {}};
  for (const std::string& path : owed_.first)
    status.paths.push_back({path, "not written here yet; it counts as it was", ""});
  return status;
}

std::string WatchedRepository::trouble() const {
  if (state_ == State::suspended || state_ == State::failed) return reason_;
  if (scheduler_ && scheduler_->trouble()) return scheduler_->trouble()->message;
  return {};
}

}  // namespace vcs::agent::repository
