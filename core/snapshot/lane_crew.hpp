// SPDX-License-Identifier: Apache-2.0
// Which lanes are wanted now: the governor's choice, where lanes wait that are more than it wants,
// and what is told of the choice.
#pragma once

#include "core/base/guarded.hpp"
#include "core/snapshot/ingest_types.hpp"
#include "core/snapshot/lane_governor.hpp"

namespace vcs::snapshot {

// Thread-safe.
class LaneCrew {
 public:
  LaneCrew(const LaneLimits& limits, base::SteadyNanos now, IngestProgress& progress);

  // Waits while lane `number`, counted from 0, is more than is wanted. False: no lane is wanted any
  // more. The first lane never waits.
  bool wait_until_wanted(std::size_t number);
  // For ever: sends all lanes home, those that wait, too.
  void dismiss();

  // One lane does everything, whatever the governor chooses.
  void work_alone();
  // A batch took from `began` until now: the governor measures and chooses.
  void batch_took(std::size_t files, base::SteadyNanos began, base::SteadyNanos now);

  std::size_t lanes() const;
  std::size_t batch_files() const;

 private:
  void tell_choice() VCS_REQUIRES(mutex_);

  const std::size_t readers_;
  IngestProgress& progress_;
  mutable base::Mutex mutex_;
  base::Condition changed_;
  LaneGovernor governor_ VCS_GUARDED_BY(mutex_);
  bool is_alone_ VCS_GUARDED_BY(mutex_) = false;
  bool is_dismissed_ VCS_GUARDED_BY(mutex_) = false;
};

}  // namespace vcs::snapshot
