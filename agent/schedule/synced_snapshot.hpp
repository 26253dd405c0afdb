// SPDX-License-Identifier: Apache-2.0
// A snapshot at a sync point: of everything that was written before it was asked for.
//
// Two things tell what that is: the events, and a look at the files that others hold, which are
// written without any. The look takes its time and mostly finds nothing, so the snapshot does not
// wait for it; where the look found something meanwhile, the snapshot runs once more. Loop thread
// only; lives as long as somebody may still call.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "agent/schedule/snapshot_scheduler.hpp"

namespace vcs::agent::schedule {

class SyncedSnapshot : public std::enable_shared_from_this<SyncedSnapshot> {
 public:
  using Result = SnapshotScheduler::Result;
  using Done = SnapshotScheduler::Done;
  using Run = std::function<void(Done)>;  // takes a snapshot of all that is known now
  enum class Look { beside, first };

  // `done` is called once, with the snapshot that made a commit, if one of two did.
  // Look::first: the snapshot waits for the look, because it must not run twice, or surely would.
  SyncedSnapshot(Look look, Run run, Done done)
      : look_(look), run_(std::move(run)), done_(std::move(done)) {}

  // All events of what was done before have come.
  void told();
  // The look is over; `found`: there are marks that a snapshot has to look at.
  void looked(bool found);

 private:
  void start();
  void answer();

  const Look look_;
  const Run run_;
  const Done done_;
  bool told_ = false, looked_ = false;
  bool again_ = false;  // what was found came too late for the first
  std::optional<Result> first_;
};

}  // namespace vcs::agent::schedule
