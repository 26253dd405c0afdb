// SPDX-License-Identifier: Apache-2.0
// Snapshots of a watched repository: how they run, what becomes of their outcome, and who asks for
// them.
#include <unistd.h>

#include <algorithm>

#include "agent/repository/root_guard.hpp"
#include "agent/repository/watched_audit.hpp"
#include "agent/repository/watched_repository.hpp"
#include "agent/repository/watched_summary.hpp"
#include "agent/schedule/poll_pause.hpp"
#include "core/base/lack.hpp"
#include "core/base/memory.hpp"
#include "core/object/tree_paths.hpp"

namespace vcs::agent::repository {
namespace {

using base::Result;
using snapshot::SnapshotOutcome;

// Folders that get a watch after one look, at most.
constexpr std::size_t kMostPreferred = 256;

bool covers_everything(const std::vector<worktree::Mark>& marks) {
  return std::any_of(marks.begin(), marks.end(), [](const worktree::Mark& mark) {
    return mark.path.empty() && mark.recursive;
  });
}

// What is written into a folder that somebody has removed is lost with it.
Result<void> check_data_folder(base::FileSystem& filesystem, const std::string& path,
                               base::Directory& open) {
  const auto there = filesystem.stat(path);
  VCS_ASSIGN(const base::FileStat ours, open.stat_self());
  if (there && there->inode == ours.inode) return {};
  return base::fail(
      base::ErrorCode::unavailable,
      "the folder of its history, {}, was removed or replaced while it was in use; put "
      "it back, or remove this repository and clone its copy",
      path);
}

Result<void> stay_apart(const Places& own, base::FileSystem& filesystem,
                        const std::string& worktree) {
  const auto apart = own.check_watched(filesystem, worktree);
  if (apart) return {};
  return base::fail(base::ErrorCode::unavailable, "{}", apart.error().message);
}

bool looks_below(const std::vector<worktree::Mark>& marks) {
  return std::any_of(marks.begin(), marks.end(),
                     [](const worktree::Mark& mark) { return mark.recursive; });
}

std::string describe(const object::ChangeCounts& changed) {
  return fmt::format("{} added, {} modified, {} deleted", changed.added, changed.modified,
                     changed.deleted);
}

}  // namespace

snapshot::LaneLimits WatchedRepository::lane_limits() const {
  const Workers& workers = context_.workers;
  snapshot::LaneLimits limits;
  limits.most = workers.pinned ? workers.count : context_.lanes.size();
  limits.start = std::min(workers.count, limits.most);
  limits.least = workers.pinned ? workers.count : 1;
  const auto readers = static_cast<std::size_t>(settings_.core.readers);
  limits.readers = readers != 0 ? readers : watch::readers_of(storage_);
  limits.batch_files = static_cast<std::size_t>(settings_.core.batch_files);
  return limits;
}

snapshot::SnapshotOptions WatchedRepository::snapshot_options() const {
  snapshot::SnapshotOptions options;
  options.scan.ignore = ignore_;
  options.scan.honor_gitignore = settings_.watch.honor_gitignore;
  options.scan.max_file_size = settings_.watch.max_file_size;
  options.scan.sweep = {context_.clock.now(), context_.began, geteuid()};
  options.ingest.level = static_cast<int>(settings_.core.zstd_level);
  options.ingest.lanes = lane_limits();
  options.ingest.memory_limit = settings_.core.memory_limit / 4;
  options.ingest.hash_provider = context_.hash_provider;
  options.record_owner = context_.privileged;
  options.device = device();
  options.unstable_interval = settings_.watch.unstable_interval;
  return options;
}

void WatchedRepository::run_snapshot(snapshot::SnapshotRequest request,
                                     schedule::SnapshotScheduler::Done done) {
  maintenance_->activity();
  looked_at_ = request.marks;
  struct Run {
    Result<SnapshotOutcome> outcome = base::fail(base::ErrorCode::cancelled, "not started");
    std::shared_ptr<Summary> summary;
    config::RootIdentity identity;
    index::Mounts mounts;
    SilentWrites::Seen silent;
  };
  auto self = shared_from_this();
  auto run = std::make_shared<Run>();
  const std::shared_ptr<Audit> audit = starting_audit();
  snapshot::SnapshotOptions options = snapshot_options();
  const bool polls = watcher_ && watcher_->usage().polled_folders > 0;
  const auto told =
      covers_everything(request.marks) ? std::exchange(told_before_look_, nullptr) : nullptr;
  request.list_differences = audit || polls || told;
  if (audit) {
    options.scan.cancel = options.ingest.cancel = &audit->cancelled;
    snapshot::LaneLimits& lanes = options.ingest.lanes;
    if (audit->makes_way) lanes.start = lanes.most = lanes.least = 1;
  }
  const loop::Pool pool = audit && audit->makes_way ? loop::Pool::audit : loop::Pool::compute;
  // Where a remote is seen, copying there ends: SyncScheduler::look_at_place.
  std::optional<Places> own;
  if (looks_below(request.marks)) own = Places{context_.places().own, {}, {}};
  const SilentWrites::Look look =
      std::exchange(looks_for_silent_, false) ? silent_writes_.look() : nullptr;
  auto work = [this, self, run, look, request = std::move(request), options = std::move(options),
               snapshotter = snapshotter_, repository = repository_,
               dismissed = std::exchange(dismissed_, {}), worktree = file_.worktree,
               known = file_.root, own]() mutable -> Result<SnapshotOutcome> {
    if (look) {
      run->silent = look();
      request.marks.insert(request.marks.end(), run->silent.marks.begin(), run->silent.marks.end());
    }
    VCS_TRY(check_data_folder(context_.filesystem, data_, repository->directory()));
    // A folder that was bound there since may bring what the agent itself writes.
    if (own) VCS_TRY(stay_apart(*own, context_.filesystem, worktree));
    VCS_ASSIGN(GuardedRoot root,
               open_guarded_root(context_.filesystem, worktree, known, *repository));
    run->identity = root.identity;
    for (const std::string& path : dismissed) repository->remember_mounts({{path, std::nullopt}});
    run->mounts = repository->mounts();
    VCS_ASSIGN(SnapshotOutcome outcome,
               snapshotter->take(std::move(root.directory), request, options));
    run->mounts = repository->mounts();
    if (auto summary = Summary::of(*repository)) run->summary = std::move(*summary);
    return outcome;
  };
  ++in_background_;
  enter_folder();
  context_.loop.run_in_background(
      pool, [work, run]() mutable { run->outcome = base::within_memory(work); },
      [this, self, run, look, audit, told, done = std::move(done),
       began = context_.clock.steady()] {
        --in_background_;
        if (run->outcome && run->outcome->full)
          last_full_look_ = base::Nanos(context_.clock.steady() - began);
        if (audit && audit->cancelled && !run->outcome &&
            run->outcome.error().code == base::ErrorCode::cancelled)
          run->outcome = given_up(*audit, unmounted_);
        const bool replaced =
            run->outcome && watcher_ && file_.root && !file_.root->is(run->identity);
        if (run->outcome) remember_root(run->identity);
        if (run->outcome) mounts_ = std::move(run->mounts);
        if (run->summary) summary_ = run->summary;
        if (look) saw_silent_writes(std::move(run->silent), run->outcome.has_value());
        done(run->outcome);
        if (replaced) watch_again();
        if (told && run->outcome) {
          std::erase_if(run->outcome->differing,
                        [&](const std::string& path) { return told->covers(path); });
          watch_anew(run->outcome->differing);
        }
        audit ? audit_ran(audit, run->outcome) : run_audit();
        left_folder();
        finish_close();
      });
}

void WatchedRepository::snapshot_finished(const Result<SnapshotOutcome>& result) {
  if (state_ == State::closed) return;
  if (!result) {
    const base::Error& error = result.error();
    if (error.code == base::ErrorCode::unavailable && !base::is_lack(error))
      return suspend(error.message);
    context_.log.error("{}: cannot take a snapshot: {}; trying again", file_.name,
                       result.error().message);
    context_.announce(file_.name, "problem", result.error().message, "");
    return;
  }
  if (result->full) {
    if (!result->differing.empty()) prefer_folders_of(result->differing);
    special_.clear();
    builtin_.clear();
    owed_ = result->owed;
    full_scan_done_ = true;
    judge_gap(*result);
  }
  problems_.looked(looked_at_, result->retry, result->problems);
  for (const std::string& path : result->absent) {
    special_.erase(path);
    builtin_.erase(path);
  }
  special_.insert(result->special.begin(), result->special.end());
  builtin_.insert(result->builtin.begin(), result->builtin.end());
  silent_writes_.remember(*result);
  told_unmounted(result->unmounted);
  if (!poll_timer_.waits()) arm_polling();
  if (full_scan_done_ && state_ == State::scanning) set_state(State::watching);
  if (result->created) {
    const std::string counts = describe(result->commit.changed);
    context_.log.info("{}: commit {}: {}", file_.name, result->id.short_hex(), counts);
    context_.announce(file_.name, "commit", counts, result->id.hex());
    if (result->commit.parent)
      brake_window_.add(*result->commit.parent, result->id, result->commit.changed,
                        context_.clock.steady());
    sync_->head_moved();
    maintenance_->look();
    arm_pack_check();
  }
  if (result->created || result->full) arm_after_saves();
  if (ignore_files_changed_ && watcher_) {
    // Folders may have become worth a watch, or not worth one any more.
    ignore_files_changed_ = false;
    watch_again();
  }
}

void WatchedRepository::told_unmounted(const std::vector<std::string>& now) {
  const auto is_in = [](const std::vector<std::string>& all, const std::string& path) {
    return std::find(all.begin(), all.end(), path) != all.end();
  };
  for (const std::string& path : now) {
    if (is_in(unmounted_, path)) continue;
    const std::string text =
        fmt::format("{} is not mounted any more; nothing is recorded as deleted below it", path);
    context_.log.warning("{}: {}", file_.name, text);
    context_.announce(file_.name, "problem", text, "");
  }
  for (const std::string& path : unmounted_) {
    if (is_in(now, path)) continue;
    context_.log.info("{}: {} is awaited no more", file_.name, path);
    context_.announce(file_.name, "state", path + " is mounted again, or was removed", "");
  }
  unmounted_ = now;
}

// A snapshot of everything that was written before this call.
void WatchedRepository::snapshot_when_synced(std::function<void()> run) {
  make_way();
  problems_.try_now();
  await_events([this, self = shared_from_this(), run = std::move(run)] {
    looks_for_silent_ = true;
    run();
  });
}

// What a failed snapshot had to look at is still to be looked at.
void WatchedRepository::saw_silent_writes(SilentWrites::Seen seen, bool looked) {
  for (const worktree::Mark& mark : seen.marks)
    looked ? looked_at_.push_back(mark) : scheduler_->look_at(mark);
  silent_writes_.saw(std::move(seen));
}

// Calls `then` when all events of what was done before this call have come.
void WatchedRepository::await_events(std::function<void()> then) {
  // While the watches are being set, the scan that follows is the proof.
  if (starting_) return waiting_for_watches_.push_back(std::move(then));
  if (!watcher_ || watcher_->usage().polled_folders > 0) {
    scheduler_->look_at({"", true});
    return then();
  }
  sync_point_.wait(
      *watcher_, [this, self = shared_from_this(), then = std::move(then)](bool proven) {
        if (!proven && state_ != State::closed) {
          context_.log.warning("{}: the watcher did not answer in time; walking the folder instead",
                               file_.name);
          scheduler_->look_at({"", true});
        }
        then();
      });
}

void WatchedRepository::commit(std::string message, bool full, SnapshotDone done) {
  // While the watches are being set, everything will be looked at in any case.
  const bool look_at_all = full && !starting_;
  snapshot_when_synced([this, message = std::move(message), look_at_all, done = std::move(done)] {
    if (look_at_all) {
      schedule::PendingChanges waiting = scheduler_->waiting();
      told_before_look_ = std::make_shared<schedule::PendingChanges>(schedule::SettleOptions{});
      for (const worktree::Mark& mark : waiting.take_all()) told_before_look_->add(mark, 0);
      scheduler_->look_at({"", true});
    }
    scheduler_->run_now(object::CommitKind::manual, message, done);
  });
}

void WatchedRepository::settle(SnapshotDone done) {
  snapshot_when_synced([this, done = std::move(done)] {
    scheduler_->run_now(object::CommitKind::automatic, "", done, true);
  });
}

void WatchedRepository::look_at_everything() {
  if (scheduler_) scheduler_->look_at({"", true});
}

void WatchedRepository::read_everything(SnapshotDone done) {
  snapshotter_->read_everything();
  scheduler_->look_at({"", true});
  scheduler_->run_now(object::CommitKind::automatic, "", std::move(done));
}

// Only where no watch stands: an agent whose folders are all watched sleeps.
void WatchedRepository::arm_polling() {
  poll_timer_.stop();
  if (watcher_ && watcher_->usage().polled_folders == 0) return;
  const base::Nanos pause = schedule::poll_pause(settings_.watch.poll_interval, last_full_look_);
  poll_timer_.start(pause, [this] {
    arm_polling();
    if (state_ == State::watching) poll();
  });
}

void WatchedRepository::poll() {
  if (!watcher_) return watch_again();
  scheduler_->look_at({"", true});
  watcher_->regain();
}

// Whatever changes once is likely to change again soon.
void WatchedRepository::prefer_folders_of(const std::vector<std::string>& changed) {
  if (!watcher_ || watcher_->usage().polled_folders == 0) return;
  std::set<std::string> folders;
  for (const std::string& path : changed) {
    folders.emplace(object::parent_path(path));
    if (folders.size() == kMostPreferred) break;
  }
  watcher_->prefer({folders.begin(), folders.end()});
}

}  // namespace vcs::agent::repository
