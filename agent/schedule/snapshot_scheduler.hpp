// SPDX-License-Identifier: Apache-2.0
// Decides when snapshots run: after the changes have settled, or at once for a command; one at a
// time for each repository.
//
// Marks that a snapshot could not finish come back and are tried again, with growing pauses while
// snapshots fail. After a failure a snapshot follows even without marks, so that the trouble ends
// when its cause does. Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "agent/loop/event_loop.hpp"
#include "agent/loop/timer.hpp"
#include "agent/schedule/pending_changes.hpp"
#include "core/snapshot/snapshot_types.hpp"

namespace vcs::agent::schedule {

class SnapshotScheduler {
 public:
  using Outcome = Result<snapshot::SnapshotOutcome>;
  using Done = std::function<void(const Outcome&)>;
  // Starts a snapshot elsewhere and calls `done` on the loop, once.
  using Runner = std::function<void(snapshot::SnapshotRequest request, Done done)>;

  SnapshotScheduler(loop::EventLoop& loop, const base::Clock& clock, const SettleOptions& options,
                    Runner runner, Done on_finished);

  void set_options(const SettleOptions& options);
  void changed(const watch::Change& change);
  // Adds `mark` to a snapshot that starts after `delay`.
  void look_at(const worktree::Mark& mark, base::Nanos delay = {});

  // Takes a snapshot of all waiting changes, as soon as the running one is done. Automatic commands
  // that wait together share one snapshot. `take_restless`: saves files that are being written as
  // they are; a manual snapshot always does.
  void run_now(object::CommitKind kind, std::string message, Done done, bool take_restless = false);

  // Until resume() no snapshot starts, marks gather, and commands fail with `reason`, also those
  // that wait already.
  void pause(base::Error reason);
  void resume();

  std::vector<worktree::Mark> waiting() const { return PendingChanges(pending_).take_all(); }
  std::size_t pending() const { return pending_.size(); }
  bool running() const { return running_; }
  // The error of the last snapshot, until one succeeds.
  const std::optional<base::Error>& trouble() const { return trouble_; }

 private:
  struct Command {
    object::CommitKind kind;
    std::string message;
    Done done;
    bool take_restless = false;
  };
  std::optional<base::SteadyNanos> due() const;
  void arm();
  void start();
  void finished(std::vector<worktree::Mark> marks, std::vector<Command> served,
                const Outcome& result);

  const base::Clock& clock_;
  Runner runner_;
  Done on_finished_;
  PendingChanges pending_;
  std::deque<Command> commands_;
  std::optional<base::Error> paused_;
  std::optional<base::Error> trouble_;
  bool running_ = false;
  loop::Timer timer_;
  base::Nanos backoff_{};
  base::SteadyNanos not_before_{};  // while snapshots fail, only a command starts one earlier
};

}  // namespace vcs::agent::schedule
