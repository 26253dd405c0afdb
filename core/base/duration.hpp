// SPDX-License-Identifier: Apache-2.0
// Durations as people write them: "500ms", "5s", "2m", "1h30m", "7d". A bare "0" is allowed.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace vcs::base {

Result<std::chrono::nanoseconds> parse_duration(std::string_view text);
// The shortest exact form that parse_duration reads back.
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace vcs::base
