// SPDX-License-Identifier: Apache-2.0
// Points in time as people say them: "15:40", "yesterday 9:05", "monday", "noon", "5m",
// "2 hours ago", "last week", "2026-11-21", "2026-11-21 15:40:30", "2026-11-21T15:40:30+02:00".
#pragma once

#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace vcs::base {

// In the zone of this process, unless the text ends with one (Z, UTC, +02:00). A time of day
// without a date is its last occurrence before `now`, and so is the name of a weekday; a day alone
// means its end, and a second its end. Of the two moments that one local time can mean when clocks
// are put back, the last that is not after `now`. `invalid` with examples for anything else.
Result<UnixNanos> parse_time_expression(std::string_view text, UnixNanos now);

}  // namespace vcs::base
