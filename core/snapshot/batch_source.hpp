// SPDX-License-Identifier: Apache-2.0
// Gives lanes the next batch to read, as long as the window has room for it.
#pragma once

#include "core/base/guarded.hpp"
#include "core/snapshot/lane_bell.hpp"
#include "core/snapshot/lane_crew.hpp"
#include "core/snapshot/listing.hpp"
#include "core/snapshot/ordered_window.hpp"
#include "core/snapshot/survey.hpp"

namespace vcs::snapshot {

// Thread-safe. To take what was found and to open its batch is one step: so batches lie in the
// window in tree order, and nothing is ever between the walk and the window. Memory is bounded by
// the window.
class BatchSource {
 public:
  // Only the source uses `listing`. It rings `bell` where something was taken that nobody reads.
  BatchSource(Listing& listing, OrderedWindow& window, const LaneCrew& crew, Survey& survey,
              LaneBell& bell)
      : window_(window), crew_(crew), survey_(survey), bell_(bell), listing_(listing) {}

  // Whether all there is to do is a few files, which one lane reads best. To find out it takes the
  // first batch, which next() then gives: to be called once, before the lanes begin.
  bool is_small();
  // The next batch in tree order, for whoever calls to read and to finish at the window. Null: the
  // window is full, or nothing more is found by now.
  OrderedWindow::Batch* next();
  // The walk has ended, and all that it has found is in the window or through it. Stays true.
  bool is_exhausted() const;

 private:
  OrderedWindow::Batch* open_next() VCS_REQUIRES(mutex_);

  OrderedWindow& window_;
  const LaneCrew& crew_;
  Survey& survey_;
  LaneBell& bell_;
  mutable base::Mutex mutex_;
  Listing& listing_ VCS_GUARDED_BY(mutex_);
  OrderedWindow::Batch* first_ VCS_GUARDED_BY(mutex_) = nullptr;  // taken to see how much there is
};

}  // namespace vcs::snapshot
