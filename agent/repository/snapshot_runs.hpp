// SPDX-License-Identifier: Apache-2.0
// Runs the snapshots of a watched repository: builds their requests, chooses their threads, and
// takes their results.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/repository/audit.hpp"
#include "agent/repository/ground.hpp"
#include "agent/repository/known_mounts.hpp"
#include "agent/repository/silent_writes.hpp"
#include "agent/repository/watched_summary.hpp"
#include "agent/repository/watching.hpp"
#include "agent/schedule/snapshot_scheduler.hpp"
#include "core/snapshot/snapshotter.hpp"

namespace vcs::agent::repository {

// Loop thread only.
class SnapshotRuns {
 public:
  using Outcome = Result<snapshot::SnapshotOutcome>;
  using Done = schedule::SnapshotScheduler::Done;
  using SummaryPtr = std::shared_ptr<const Summary>;

  // Called in this order for each snapshot.
  struct Hooks {
    std::function<void()> begins;
    std::function<Audit::RunPtr()> starting_audit;  // of this snapshot; null: it is of no audit
    // Before the callers that wait for the snapshot get its outcome.
    std::function<void(const Outcome&)> finished;
    std::function<void()> folder_was_replaced;  // the watcher watches another folder
    std::function<void(const Audit::RunPtr&, const Outcome&)> ran;
  };
  struct Parts {
    Watching& watching;
    KnownMounts& mounts;
    SilentWrites& silent_writes;
    Hooks hooks;
  };

  // `summary` of the head as it is.
  SnapshotRuns(Ground ground, Parts parts, SummaryPtr summary);

  schedule::SnapshotScheduler& scheduler() { return scheduler_; }
  const schedule::SnapshotScheduler& scheduler() const { return scheduler_; }
  void settings_changed();

  // Takes a snapshot of everything that was written before the call, also without an event.
  // `take_restless`: saves files that are being written as they are.
  void take_synced(object::CommitKind kind, const std::string& message, bool take_restless,
                   Done done);
  // The next snapshot scans everything. Folders with changes that no event reported are watched
  // anew.
  void look_at_everything_and_compare();
  // The next snapshot reads every file again.
  void read_everything() { snapshotter_->read_everything(); }
  // Drops the events that look_at_everything_and_compare() has kept.
  void forget_events() { told_before_look_ = nullptr; }

  // The marks of the last snapshot.
  const std::vector<worktree::Mark>& looked_at() const { return looked_at_; }
  const Summary& summary() const { return *summary_; }
  void set_summary(SummaryPtr summary) { summary_ = std::move(summary); }
  const snapshot::SnapshotProgress& progress() const { return snapshotter_->progress(); }

 private:
  struct Run;
  void run(snapshot::SnapshotRequest request, Done done);
  snapshot::SnapshotOptions options(const Audit::RunPtr& audit) const;
  snapshot::LaneLimits lane_limits() const;
  void ended(Run& run, Outcome outcome, const Done& done);
  void saw_silent_writes(SilentWrites::Seen seen, bool looked);

  const Ground ground_;
  const Parts parts_;
  Context& agent_ = ground_.context().agent;
  const std::shared_ptr<snapshot::Snapshotter> snapshotter_;
  schedule::SnapshotScheduler scheduler_;
  SummaryPtr summary_;
  std::vector<worktree::Mark> looked_at_;
  bool looks_for_silent_ = false;  // the next snapshot looks for silent writes
  // Changes that events had reported when a scan with comparison was asked for. Null: none was.
  std::shared_ptr<schedule::PendingChanges> told_before_look_;
};

}  // namespace vcs::agent::repository
