// SPDX-License-Identifier: Apache-2.0
// Gives batches to lanes, and gives their results to the sink in the order of the batches,
// whichever lane finishes first.
#pragma once

#include <deque>

#include "core/base/guarded.hpp"
#include "core/snapshot/ingest_types.hpp"
#include "core/snapshot/stop_sign.hpp"

namespace vcs::snapshot {

// Thread-safe; it calls the sink on a thread that finishes a batch, one batch at a time. Memory:
// kBatchesPerLane batches for each lane, including finished ones that wait for an earlier one.
class OrderedWindow {
 public:
  // Its address stays valid from open() until the sink has got it.
  struct Batch : IngestedBatch {
    bool is_finished = false;  // guarded by the window
  };

  // `readers`: batches that lanes may read at once; 0: any number. After `stop` the sink gets none.
  OrderedWindow(const IngestSink& sink, std::size_t readers, const StopSign& stop)
      : sink_(sink), readers_(readers), stop_(stop) {}

  // Whether a batch may be opened while so many lanes work. True stays true until open().
  bool has_room(std::size_t lanes) const;
  // Adds the next batch in tree order, behind all earlier ones, with room for its results. One
  // thread at a time calls has_room() and open().
  Batch& open(std::vector<worktree::Candidate> candidates);
  // The results of a batch are complete; the caller must not use it any more. Gives the sink the
  // next batches in order; if another thread is in the sink, that one does it. Fails if the sink
  // fails.
  Result<void> finished(Batch& batch);
  // The sink has got all batches.
  bool empty() const;

  // So many, as other lanes read on while one lane takes long for a large file.
  static constexpr std::size_t kBatchesPerLane = 8;

 private:
  const IngestSink& sink_;
  const std::size_t readers_;
  const StopSign& stop_;
  mutable base::Mutex mutex_;
  std::deque<Batch> batches_ VCS_GUARDED_BY(mutex_);  // the first is the next for the sink
  std::size_t out_ VCS_GUARDED_BY(mutex_) = 0;        // opened, and not finished
  bool is_draining_ VCS_GUARDED_BY(mutex_) =
      false;  // a thread is in the sink, or the sink has failed
};

}  // namespace vcs::snapshot
