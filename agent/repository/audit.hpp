// SPDX-License-Identifier: Apache-2.0
// The agent's check of a watched repository, called audit in the source: now and then it compares
// everything on disk with the index, at low priority. A path that differs although the watcher
// reported no event for it counts as drift.
//
// An audit is a snapshot of everything like any other, so it saves the changes that it finds. It
// makes way for saves; if they come all the time, the third attempt does not.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/timer.hpp"
#include "agent/repository/repository_context.hpp"
#include "agent/repository/watching.hpp"
#include "agent/schedule/pending_changes.hpp"
#include "agent/schedule/problem_files.hpp"
#include "agent/schedule/snapshot_scheduler.hpp"

namespace vcs::agent::repository {

// Loop thread only.
class Audit {
 public:
  // An audit that is under way.
  struct Run {
    // It waits for a proof of the events (proving), for the end of a snapshot (proven), for its own
    // start (ready); then it runs.
    enum class State { proving, proven, ready, running };

    State state = State::proving;
    bool makes_way = true;
    std::atomic<bool> cancelled{false};
    std::vector<worktree::Mark> waiting;  // marks that waited for a snapshot; it takes them along
    // Changes that events reported before it and while it ran: no drift.
    schedule::PendingChanges told{schedule::SettleOptions{}};
    std::vector<std::string> found;                    // paths that differed
    std::vector<std::vector<std::string>> same_files;  // names of one file among them
  };
  using RunPtr = std::shared_ptr<Run>;
  using Outcome = Result<snapshot::SnapshotOutcome>;

  struct Parts {
    const RepositoryContext& context;
    schedule::SnapshotScheduler& snapshots;
    Watching& watching;
    const schedule::ProblemFiles& problems;
    std::function<void()> due;  // called each time, whether or not the audit may begin
    std::function<bool()> may_begin;
  };
  explicit Audit(Parts parts) : parts_(std::move(parts)) {}
  ~Audit() { give_up(); }

  // Begins an audit each `interval`; 0: never.
  void begin_every(base::Nanos interval);
  // Drops the audit under way, and begins again in a minute.
  void drop();
  // Drops the audit under way, and begins none again.
  void stop();

  // Notes a change that an event reported.
  void hears(const watch::Change& change);
  // A snapshot is wanted: cancels an audit that makes way.
  void make_way();

  // The outcome of an audit that made way: the marks that waited are still to be scanned.
  static snapshot::SnapshotOutcome given_up(const Run& run);
  // The audit that the snapshot which starts now belongs to; else null.
  RunPtr starting();
  // Takes the outcome of a snapshot: of the audit `run`, or, with null, of another.
  void snapshot_ran(const RunPtr& run, const Outcome& outcome);

  base::UnixNanos last() const { return last_; }  // 0: never
  std::uint64_t drift() const { return drift_; }  // paths, in all audits

 private:
  void arm(base::Nanos delay);
  void begin();
  void start_if_ready();
  void judge();
  void end(base::Nanos next);
  void give_up();

  const Parts parts_;
  base::Nanos interval_{};
  RunPtr run_;  // null: none is under way
  unsigned attempts_ = 0;
  base::UnixNanos last_{};
  std::uint64_t drift_ = 0;
  loop::Timer timer_{parts_.context.agent.loop};
};

}  // namespace vcs::agent::repository
