// SPDX-License-Identifier: Apache-2.0
// Batches go out to lanes, and their results come in to the sink in the order of the batches,
// whichever is finished first.
#pragma once

#include <deque>

#include "core/base/guarded.hpp"
#include "core/snapshot/ingest_types.hpp"
#include "core/snapshot/stop_sign.hpp"

namespace vcs::snapshot {

// Thread-safe; the sink is called on whichever thread finishes a batch, one batch at a time. Memory:
// kBatchesPerLane batches for each lane, those that wait, finished, for an earlier one among them.
class OrderedWindow {
 public:
  // Stays where it is from open() until the sink has had it.
  struct Batch : IngestedBatch {
    bool is_finished = false;  // guarded by the window
  };

  // `readers`: batches that may be out at once; 0: any number. After `stop` the sink gets nothing.
  OrderedWindow(const IngestSink& sink, std::size_t readers, const StopSign& stop)
      : sink_(sink), readers_(readers), stop_(stop) {}

  // Whether a batch may be opened while so many lanes work. Stays so until one is opened.
  bool has_room(std::size_t lanes) const;
  // The next batch in tree order, behind all that were opened before, with room for its results.
  // One thread at a time asks and opens.
  Batch& open(std::vector<worktree::Candidate> candidates);
  // The results of a batch are complete; it must not be touched any more. Gives the sink what is
  // next in order, unless another thread is at it, which then does it. Fails when the sink does.
  Result<void> finished(Batch& batch);
  // The sink has had all that was opened.
  bool empty() const;

  // A large file takes its time, and what follows it is read meanwhile.
  static constexpr std::size_t kBatchesPerLane = 8;

 private:
  const IngestSink& sink_;
  const std::size_t readers_;
  const StopSign& stop_;
  mutable base::Mutex mutex_;
  std::deque<Batch> batches_ VCS_GUARDED_BY(mutex_);  // the first is the next for the sink
  std::size_t out_ VCS_GUARDED_BY(mutex_) = 0;        // opened, and not finished
  bool is_draining_ VCS_GUARDED_BY(mutex_) = false;   // the sink is at work, or has failed
};

}  // namespace vcs::snapshot
