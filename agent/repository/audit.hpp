// SPDX-License-Identifier: Apache-2.0
// Audits of a watched repository: now and then everything on disk is compared with the index, at
// low priority, and what differs although no event told of it is counted as drift.
//
// An audit is a snapshot of everything like any other, so what it finds is captured. It makes way
// for saves; where they come all the time, the third attempt does not.
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
  // One under way.
  struct Run {
    // It waits for a proof of the events, for the end of a snapshot, for its own start; then it
    // runs.
    enum class State { proving, proven, ready, running };

    State state = State::proving;
    bool makes_way = true;
    std::atomic<bool> cancelled{false};
    std::vector<worktree::Mark> waiting;  // that it takes along
    // What events told before it and while it ran: no drift.
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
    std::function<void()> due;  // each time, whether or not it may begin
    std::function<bool()> may_begin;
  };
  explicit Audit(Parts parts) : parts_(std::move(parts)) {}
  ~Audit() { give_up(); }

  // Each `interval`; 0: never.
  void begin_every(base::Nanos interval);
  // The one under way ends in nothing, and begins again in a minute.
  void drop();
  // The same, for good.
  void stop();

  void hears(const watch::Change& change);
  // Somebody waits for a snapshot.
  void make_way();

  // In place of the outcome of one that had to make way: what waited is still to be done.
  static snapshot::SnapshotOutcome given_up(const Run& run);
  // The run of the snapshot that starts now, if it is the audit's; else null.
  RunPtr starting();
  // What a snapshot has brought: of that run, or, with null, of another.
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
