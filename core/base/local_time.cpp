// SPDX-License-Identifier: Apache-2.0
// Takes offsets from the system's zone tables and calculates by itself, because mktime does not
// say which of two moments it chose.
#include "core/base/local_time.hpp"

#include <algorithm>
#include <ctime>

namespace vcs::base {

namespace {
// Longer than any offset, and shorter than the time between two clock changes.
constexpr std::int64_t kDay = 86'400;
}  // namespace

std::int64_t utc_offset(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  return localtime_r(&time, &parts) == nullptr ? 0 : static_cast<std::int64_t>(parts.tm_gmtoff);
}

std::vector<std::int64_t> moments_of(WallSeconds wall) {
  std::vector<std::int64_t> moments;
  for (const std::int64_t offset : {utc_offset(wall - kDay), utc_offset(wall + kDay)}) {
    const std::int64_t moment = wall - offset;
    if (utc_offset(moment) != offset) continue;
    if (moments.empty() || moments.front() != moment) moments.push_back(moment);
  }
  std::sort(moments.begin(), moments.end());
  return moments;
}

}  // namespace vcs::base
