// SPDX-License-Identifier: Apache-2.0
// Points in time as people say them: "15:40", "yesterday 9:05", "2 hours ago", "2026-11-21",
// "2026-11-21 15:40:30".
#pragma once

#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"

namespace vcs::agent::service {

// Local time of this machine. A time of day without a date is its last occurrence before `now`; a
// date alone means the end of that day. `invalid` with examples for anything else.
base::Result<base::UnixNanos> parse_time_expression(std::string_view text, base::UnixNanos now);

}  // namespace vcs::agent::service
