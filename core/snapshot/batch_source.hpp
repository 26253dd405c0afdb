// SPDX-License-Identifier: Apache-2.0
// Gives lanes the next batch to read while the window has room for it.
#pragma once

#include "core/base/guarded.hpp"
#include "core/snapshot/lane_bell.hpp"
#include "core/snapshot/lane_crew.hpp"
#include "core/snapshot/listing.hpp"
#include "core/snapshot/ordered_window.hpp"
#include "core/snapshot/survey.hpp"

namespace vcs::snapshot {

// Thread-safe. It takes candidates and opens their batch in one step: so the window has the batches
// in tree order, and no candidate is ever between the walk and the window. The window bounds the
// memory.
class BatchSource {
 public:
  // Only the source uses `listing`. It rings `bell` after it took candidates that need no reading.
  BatchSource(Listing& listing, OrderedWindow& window, const LaneCrew& crew, Survey& survey,
              LaneBell& bell)
      : window_(window), crew_(crew), survey_(survey), bell_(bell), listing_(listing) {}

  // Whether the work is only a few files, which one lane reads best. It takes the first batch to
  // find out, and next() then returns that batch. Call it once, before the lanes begin.
  bool is_small();
  // The next batch in tree order; the caller reads it and calls OrderedWindow::finished(). Null:
  // the window is full, or the walk has found no more yet.
  OrderedWindow::Batch* next();
  // The walk has ended, and the window got all of its candidates. Stays true.
  bool is_exhausted() const;

 private:
  OrderedWindow::Batch* open_next() VCS_REQUIRES(mutex_);

  OrderedWindow& window_;
  const LaneCrew& crew_;
  Survey& survey_;
  LaneBell& bell_;
  mutable base::Mutex mutex_;
  Listing& listing_ VCS_GUARDED_BY(mutex_);
  OrderedWindow::Batch* first_ VCS_GUARDED_BY(mutex_) = nullptr;  // taken by is_small()
};

}  // namespace vcs::snapshot
