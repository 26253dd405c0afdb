// SPDX-License-Identifier: Apache-2.0
// Points in time as people say them: "15:40", "yesterday 9:05", "monday", "noon", "5m",
// "2 hours ago", "last week", "2026-11-21", "2026-11-21 15:40:30", "2026-11-21T15:40:30+02:00".
#pragma once

#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace vcs::base {

// Uses the zone of this process, unless the text ends with a zone (Z, UTC, +02:00). A time of day
// without a date means its last occurrence before `now`; so does the name of a weekday. A day alone
// means the end of that day, and a second means its end. When clocks are put back, one local time
// means two moments: this gives the last one that is not after `now`. `invalid` with examples for
// any other text.
Result<UnixNanos> parse_time_expression(std::string_view text, UnixNanos now);

}  // namespace vcs::base
