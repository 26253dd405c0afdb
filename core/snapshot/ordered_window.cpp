// SPDX-License-Identifier: Apache-2.0
// Opens batches for lanes and drains finished ones into the sink in order.
#include "core/snapshot/ordered_window.hpp"

namespace vcs::snapshot {

bool OrderedWindow::has_room(std::size_t lanes) const {
  const base::Lock lock(mutex_);
  return batches_.size() < kBatchesPerLane * lanes && (readers_ == 0 || out_ < readers_);
}

OrderedWindow::Batch& OrderedWindow::open(std::vector<worktree::Candidate> candidates) {
  Batch batch;
  batch.candidates = std::move(candidates);
  batch.results.resize(batch.candidates.size());
  const base::Lock lock(mutex_);
  batches_.push_back(std::move(batch));
  ++out_;
  return batches_.back();
}

// The lock is released while the sink works, so that other lanes can finish their batches; the batch
// is freed before the lock is taken again.
Result<void> OrderedWindow::finished(Batch& batch) {
  base::Lock lock(mutex_);
  batch.is_finished = true;
  --out_;
  if (is_draining_) return {};
  is_draining_ = true;
  while (!batches_.empty() && batches_.front().is_finished && !stop_.is_set()) {
    IngestedBatch& first = batches_.front();
    lock.unlock();
    // A sink that fails gets nothing more: is_draining_ stays true for ever.
    VCS_TRY(sink_(first));
    first = {};
    lock.lock();
    batches_.pop_front();
  }
  is_draining_ = false;
  return {};
}

bool OrderedWindow::empty() const {
  const base::Lock lock(mutex_);
  return batches_.empty();
}

}  // namespace vcs::snapshot
