// How many threads a snapshot uses and how much one takes at a time, from what it measures.
#include "core/snapshot/lane_governor.hpp"

#include <algorithm>

namespace vcs::snapshot {
namespace {

constexpr double kWorthwhile = 1.08;        // a thread more must bring this
constexpr unsigned kPauseAfterFailure = 8;  // intervals

}  // namespace

LaneGovernor::LaneGovernor(const LaneLimits& limits, base::SteadyNanos now)
    : least_(std::max<std::size_t>(limits.start, 1)),
      most_(std::max(limits.most, least_)),
      lanes_(least_),
      measured_at_(now) {}

void LaneGovernor::measure(std::uint64_t work, base::SteadyNanos now) {
  const base::SteadyNanos elapsed = now - measured_at_;
  if (elapsed < kInterval.count()) return;
  const double speed = static_cast<double>(work - measured_work_) / static_cast<double>(elapsed);
  measured_at_ = now;
  measured_work_ = work;
  if (trying_) {
    trying_ = false;
    if (speed < speed_ * kWorthwhile) {
      --lanes_;
      quiet_intervals_ = kPauseAfterFailure;
      return;
    }
  }
  speed_ = speed;
  if (quiet_intervals_ > 0) {
    --quiet_intervals_;
  } else if (lanes_ < most_ && speed > 0) {
    ++lanes_;
    trying_ = true;
  }
}

void LaneGovernor::batch_took(std::size_t files, base::Nanos time) {
  if (files < batch_files_ / 2) return;
  if (time > 4 * kBatchTime)
    batch_files_ = std::max(batch_files_ / 2, kLeastBatch);
  else if (time < kBatchTime / 4)
    batch_files_ = std::min(batch_files_ * 2, kMostBatch);
}

}  // namespace vcs::snapshot
