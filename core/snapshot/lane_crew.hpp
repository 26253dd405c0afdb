// SPDX-License-Identifier: Apache-2.0
// Decides which lanes work now: asks the governor, lets surplus lanes wait, and reports the choice.
#pragma once

#include "core/base/guarded.hpp"
#include "core/snapshot/ingest_types.hpp"
#include "core/snapshot/lane_governor.hpp"

namespace vcs::snapshot {

// Thread-safe.
class LaneCrew {
 public:
  LaneCrew(const LaneLimits& limits, base::SteadyNanos now, IngestProgress& progress);

  // Waits while the governor wants at most `number` lanes; lanes count from 0. False: no lane is
  // wanted any more. The first lane never waits.
  bool wait_until_wanted(std::size_t number);
  // Ends all lanes for ever, waiting ones, too.
  void dismiss();

  // Makes one lane do everything, whatever the governor chooses.
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
