// SPDX-License-Identifier: Apache-2.0
// The hill climb: tries one thread more or fewer, and keeps it or takes it back.
#include "core/snapshot/lane_governor.hpp"

#include <algorithm>

namespace vcs::snapshot {
namespace {

constexpr double kWorthwhile = 1.08;  // a step away from the start must gain this factor
constexpr double kHindrance = 0.92;   // one more thread that falls to this factor slows the others
// Intervals without a trial: before the first, to have a speed to compare with; after a failure.
constexpr unsigned kFirstPause = 1, kPause = 8;
constexpr std::size_t kFirstBatch = 128;

}  // namespace

LaneGovernor::LaneGovernor(const LaneLimits& limits, base::SteadyNanos now)
    : start_(std::max<std::size_t>(limits.start, 1)),
      most_(std::max(limits.most, start_)),
      least_(limits.least == 0 ? start_ : std::min(limits.least, start_)),
      batch_is_fixed_(limits.batch_files != 0),
      lanes_(start_),
      batch_files_(batch_is_fixed_ ? limits.batch_files : kFirstBatch),
      measured_at_(now),
      quiet_intervals_(kFirstPause) {}

void LaneGovernor::measure(std::uint64_t work, base::SteadyNanos now) {
  const base::Nanos elapsed = now - measured_at_;
  if (elapsed < kInterval) return;
  const double speed =
      static_cast<double>(work - measured_work_) / static_cast<double>(elapsed.count());
  measured_at_ = now;
  measured_work_ = work;
  if (trial_ != Trial::none) return judge(speed);
  speed_ = speed;
  if (quiet_intervals_ > 0)
    --quiet_intervals_;
  else if (speed > 0)
    begin_trial();
}

// Keeps the step that was tried, or takes it back. A step back towards the start needs no gain: so
// steps that only noise had rewarded are undone.
void LaneGovernor::judge(double speed) {
  const bool more = trial_ == Trial::more;
  const bool homeward = more ? lanes_ <= start_ : lanes_ >= start_;
  trial_ = Trial::none;
  if (speed >= speed_ * (homeward ? 1.0 : kWorthwhile)) {
    speed_ = speed;
    return begin_trial();
  }
  if (more)
    --lanes_;
  else
    ++lanes_;
  fewer_next_ = more && (lanes_ > start_ || speed < speed_ * kHindrance);
  quiet_intervals_ = kPause;
}

void LaneGovernor::begin_trial() {
  const bool nothing_else = lanes_ == most_ && lanes_ > start_;
  if ((fewer_next_ || nothing_else) && lanes_ > least_) {
    trial_ = Trial::fewer;
    --lanes_;
  } else if (lanes_ < most_) {
    trial_ = Trial::more;
    ++lanes_;
  }
}

void LaneGovernor::batch_took(std::size_t files, base::Nanos time) {
  if (batch_is_fixed_ || files < batch_files_ / 2) return;
  if (time > 4 * kBatchTime)
    batch_files_ = std::max(batch_files_ / 2, kLeastBatch);
  else if (time < kBatchTime / 4)
    batch_files_ = std::min(batch_files_ * 2, kMostBatch);
}

}  // namespace vcs::snapshot
