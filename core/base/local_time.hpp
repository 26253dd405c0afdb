// SPDX-License-Identifier: Apache-2.0
// What clocks on the wall show, in the zone of this process (TZ, or the system's own), and back.
#pragma once

#include <cstdint>
#include <vector>

namespace vcs::base {

// Seconds since 1970 as a wall clock counts them: it leaps where the clock is changed.
using WallSeconds = std::int64_t;

// How far ahead of UTC the clocks are at that moment (seconds since 1970 UTC).
std::int64_t utc_offset(std::int64_t seconds);

// All moments at which the clocks show this, ascending. Two where the clock is put back, and none
// in the hour that is left out when it is put forward.
std::vector<std::int64_t> moments_of(WallSeconds wall);

}  // namespace vcs::base
