// SPDX-License-Identifier: Apache-2.0
// The pause between two scans of folders that have no watch.
#pragma once

#include <algorithm>

#include "core/base/clock.hpp"

namespace vcs::agent::schedule {

// The time from the start of one scan to the start of the next: `interval`, or, if the scan took
// long (`last_look`), ten times as long, so that scans take a tenth of the time; but at most ten
// times `interval`.
constexpr base::Nanos poll_pause(base::Nanos interval, base::Nanos last_look) {
  constexpr int kShare = 10;
  return std::clamp(kShare * last_look, interval, kShare * interval);
}

}  // namespace vcs::agent::schedule
