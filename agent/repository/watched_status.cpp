// SPDX-License-Identifier: Apache-2.0
// Builds the answer to `status` from memory alone.
#include <unistd.h>

#include "agent/repository/watched_parts.hpp"
#include "agent/repository/watched_repository.hpp"
#include "core/base/lack.hpp"
#include "core/history/after_damage.hpp"
#include "core/history/repository.hpp"

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
      shown.stage = ipc::Stage::reading;
      break;
    case Stage::committing:
      shown.stage = ipc::Stage::committing;
      break;
  }
  shown.files_done = progress.ingest.files_done;
  shown.files_total = progress.ingest.files_total;
  shown.bytes_done = progress.ingest.bytes_done;
  shown.bytes_total = progress.ingest.bytes_total;
  return shown;
}

// Names the kind of files that cause at least nine tenths of the work.
const char* shape_of(std::uint64_t small, std::uint64_t large) {
  if (small + large == 0) return "";
  if (small / 9 >= large) return "small_files";
  return large / 9 >= small ? "large_files" : "mixture";
}

ipc::PipelineStatus pipeline_of(const snapshot::IngestProgress& ingest,
                                watch::StorageKind storage) {
  return {ingest.lanes, ingest.readers, ingest.batch_files, std::string(base::name_of(storage)),
          shape_of(ingest.small_cost, ingest.large_cost)};
}

ipc::ProblemKind kind_of(const worktree::Problem& problem) {
  using Kind = worktree::Problem::Kind;
  if (problem.kind == Kind::too_large) return ipc::ProblemKind::too_large;
  if (problem.kind == Kind::path_too_long) return ipc::ProblemKind::path_too_long;
  return base::is_lack(problem.error) ? ipc::ProblemKind::lacking : ipc::ProblemKind::unreadable;
}

void show_summary(const Summary& summary, ipc::RepositoryStatus& status) {
  if (!summary.head.is_zero()) status.head = summary.head.hex();
  status.head_time = summary.commit.time;
  status.commits = summary.commit.sequence;
  status.files = summary.totals.files;
  status.bytes = summary.totals.bytes;
  status.store = {summary.store.objects,
                  summary.store.packs,
                  summary.store.bytes_raw,
                  summary.store.bytes_stored,
                  {}};
}

void show_left_out(const LeftOut& left_out, ipc::RepositoryStatus& status) {
  for (const auto& [path, problem] : left_out.problems().all()) {
    ++(problem.is_kept ? status.incomplete_count : status.problem_count);
    auto& shown = problem.is_kept ? status.incomplete : status.problems;
    if (shown.size() < kMostProblemsShown)
      shown.push_back({path, problem.error.message, kind_of(problem)});
  }
  status.skipped_special = left_out.special();
  status.skipped_builtin = left_out.builtin();
}

}  // namespace

ipc::AlarmStatus alarm_status(const config::RepositoryFile& file) {
  if (!file.alarm) return {};
  const config::AlarmEntry& alarm = *file.alarm;
  const bool encrypted = alarm.reason == config::AlarmReason::encryption;
  return {encrypted ? ipc::AlarmReason::encryption : ipc::AlarmReason::deletion, alarm.since,
          alarm.commit, alarm.deleted, alarm.rewritten};
}

std::string holder_text() {
  return fmt::format("vcsd with process id {}", getpid());
}

namespace {

// Damage that opening has found and no repair has ended.
Result<std::string> known_damage(history::Repository& repository) {
  VCS_ASSIGN(const auto lost, repository.after_damage().lost_head());
  if (lost)
    return fmt::format("the newest commit, {}, is lost; new saves follow an older one",
                       lost->short_hex());
  const std::vector<std::string> damage = repository.store().known_damage();
  return damage.empty() ? std::string() : damage.front();
}

}  // namespace

Result<std::shared_ptr<Summary>> Summary::of(history::Repository& repository) {
  auto summary = std::make_shared<Summary>();
  summary->store = repository.store().stats();
  VCS_ASSIGN(summary->damage, known_damage(repository));
  const auto head = repository.head();
  if (!head) return summary;
  summary->head = *head;
  VCS_ASSIGN(summary->commit, repository.read_commit(*head));
  // A damaged tree does not stop watching: the next snapshot repairs what it can of it.
  auto totals = tree::tree_totals(repository.nodes(), summary->commit.tree);
  if (totals) summary->totals = *totals;
  return summary;
}

// The state that a person sees.
ipc::RepositoryState WatchedRepository::told_state() const {
  switch (state_) {
    case State::opening:
      return ipc::RepositoryState::opening;
    case State::scanning:
      return ipc::RepositoryState::scanning;
    case State::watching:
      return ipc::RepositoryState::watching;
    case State::suspended:
      return ipc::RepositoryState::suspended;
    case State::failed:
      return ipc::RepositoryState::error;
    case State::closed:
      break;
  }
  return ipc::RepositoryState::stopping;
}

ipc::RepositoryStatus WatchedRepository::status() const {
  ipc::RepositoryStatus status;
  status.name = file().name;
  status.id = file().id;
  status.worktree = file().worktree;
  if (const config::DeviceEntry* entry = device_at(context_, data(), file())) {
    status.device = entry->id;
    status.copy_of = entry->copy_of;
  }
  status.state = told_state();
  status.reason = reason_;
  status.alarm = alarm_status(file());
  status.open = parts_ != nullptr;
  if (parts_) show_parts(status);
  return status;
}

void WatchedRepository::show_parts(ipc::RepositoryStatus& status) const {
  const WatchedParts& parts = *parts_;
  const schedule::SnapshotScheduler& snapshots = parts.snapshots.scheduler();
  if (snapshots.trouble() && state_ != State::suspended) {
    status.state = ipc::RepositoryState::error;
    status.reason = snapshots.trouble()->message;
  }
  show_summary(parts.snapshots.summary(), status);
  const store::CompactionTotals& totals = parts.maintenance.totals();
  status.store.compacted = {totals.runs, totals.bytes_before, totals.bytes_after};
  status.pending_changes = snapshots.pending();
  const watch::WatchUsage usage = parts.watching.usage();
  status.watches = {usage.used, usage.limit, usage.polled_folders, usage.lost_events};
  // Without a watcher the whole folder is polled.
  if (!parts.watching.has_watcher() && state_ == State::watching) status.watches.polled_folders = 1;
  status.last_audit = {parts.audit.last(), parts.audit.drift()};
  status.owed = owed_status();
  status.remotes = parts.sync.status();
  show_left_out(parts.left_out, status);
  for (const std::string& path : parts.mounts.unmounted())
    status.unmounted.push_back({path, "not mounted any more; nothing is deleted below it", {}});
  status.missing_packs = parts.packs.missing_packs();
  status.damage = parts.snapshots.summary().damage;
  if (status.damage.empty()) status.damage = parts.packs.head_damage();
  if (status.damage.empty()) status.damage = parts.damage.text();
  for (const records::UnwatchedTime& gap : parts.times.gaps())
    status.unwatched.push_back({gap.from, gap.to});
  status.progress = progress_of(parts.snapshots.progress());
  status.pipeline = pipeline_of(parts.snapshots.progress().ingest, parts.watching.storage());
}

ipc::OwedStatus WatchedRepository::owed_status() const {
  const auto owed = parts_ ? parts_->history->owed() : std::nullopt;
  if (!owed) return {};
  const history::OwedEntries& entries = parts_->left_out.owed();
  ipc::OwedStatus status{owed->commit.hex(), owed->since, entries.count, {}};
  for (const std::string& path : entries.first)
    status.paths.push_back({path, "not written here yet; it does not count as deleted", {}});
  return status;
}

std::string WatchedRepository::trouble() const {
  if (state_ == State::suspended || state_ == State::failed) return reason_;
  if (parts_ && parts_->snapshots.scheduler().trouble())
    return parts_->snapshots.scheduler().trouble()->message;
  return {};
}

}  // namespace vcs::agent::repository
