// SPDX-License-Identifier: Apache-2.0
// Lets surplus lanes wait and reports the governor's choice.
#include "core/snapshot/lane_crew.hpp"

#include <algorithm>

namespace vcs::snapshot {

LaneCrew::LaneCrew(const LaneLimits& limits, base::SteadyNanos now, IngestProgress& progress)
    : readers_(limits.readers), progress_(progress), governor_(limits, now) {}

bool LaneCrew::wait_until_wanted(std::size_t number) {
  base::Lock lock(mutex_);
  while (!is_dismissed_ && number >= governor_.lanes()) changed_.wait(lock);
  return !is_dismissed_;
}

void LaneCrew::dismiss() {
  const base::Lock lock(mutex_);
  is_dismissed_ = true;
  changed_.notify_all();
}

void LaneCrew::work_alone() {
  const base::Lock lock(mutex_);
  is_alone_ = true;
}

void LaneCrew::batch_took(std::size_t files, base::SteadyNanos began, base::SteadyNanos now) {
  const base::Lock lock(mutex_);
  const std::size_t before = governor_.lanes();
  governor_.batch_took(files, now - began);
  governor_.measure(progress_.bytes_done + kFileCost * progress_.files_done, now);
  if (governor_.lanes() > before) changed_.notify_all();
  tell_choice();
}

void LaneCrew::tell_choice() {
  const std::size_t lanes = is_alone_ ? 1 : governor_.lanes();
  const std::size_t readers = readers_ == 0 ? lanes : std::min(readers_, lanes);
  progress_.lanes = static_cast<std::uint32_t>(lanes);
  progress_.readers = static_cast<std::uint32_t>(readers);
  progress_.batch_files = static_cast<std::uint32_t>(governor_.batch_files());
}

std::size_t LaneCrew::lanes() const {
  const base::Lock lock(mutex_);
  return governor_.lanes();
}

std::size_t LaneCrew::batch_files() const {
  const base::Lock lock(mutex_);
  return governor_.batch_files();
}

}  // namespace vcs::snapshot
