// SPDX-License-Identifier: Apache-2.0
// Converts between UTC and local time in the zone of this process (TZ, or the system's zone).
#pragma once

#include <cstdint>
#include <vector>

namespace vcs::base {

// Seconds since 1970 in local time: they jump when the clocks change.
using WallSeconds = std::int64_t;

// Seconds that local time is ahead of UTC at that moment (`seconds` since 1970 UTC).
std::int64_t utc_offset(std::int64_t seconds);

// All moments with this local time, ascending. There are two when the clocks were put back, and
// none in the hour that is skipped when they were put forward.
std::vector<std::int64_t> moments_of(WallSeconds wall);

}  // namespace vcs::base
