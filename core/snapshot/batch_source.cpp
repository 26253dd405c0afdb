// SPDX-License-Identifier: Apache-2.0
// Takes portions from the listing and opens their batches in the window.
#include "core/snapshot/batch_source.hpp"

#include <utility>

namespace vcs::snapshot {

bool BatchSource::is_small() {
  const base::Lock lock(mutex_);
  first_ = open_next();
  return listing_.is_small();
}

OrderedWindow::Batch* BatchSource::next() {
  const base::Lock lock(mutex_);
  return first_ != nullptr ? std::exchange(first_, nullptr) : open_next();
}

bool BatchSource::is_exhausted() const {
  const base::Lock lock(mutex_);
  return listing_.is_finished();
}

OrderedWindow::Batch* BatchSource::open_next() {
  if (!window_.has_room(crew_.lanes())) return nullptr;
  Listing::Portion portion = listing_.take(crew_.batch_files());
  if (portion.candidates.empty()) {
    // More may follow. Or the walk has ended, and waiting lanes must learn that all is done.
    if (portion.moved) bell_.ring();
    return nullptr;
  }
  if (listing_.is_finished()) survey_.found_all(listing_.found().files, listing_.found().bytes);
  return &window_.open(std::move(portion.candidates));
}

}  // namespace vcs::snapshot
