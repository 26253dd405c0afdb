// SPDX-License-Identifier: Apache-2.0
// How long folders that have no watch are left alone between two looks at them.
#pragma once

#include <algorithm>

#include "core/base/clock.hpp"

namespace vcs::agent::schedule {

// From the beginning of one look to that of the next: `interval`, or where `last_look` took long,
// so much that looking takes a tenth of the time; but no more than ten times `interval`.
constexpr base::Nanos poll_pause(base::Nanos interval, base::Nanos last_look) {
  constexpr int kShare = 10;
  return std::clamp(kShare * last_look, interval, kShare * interval);
}

}  // namespace vcs::agent::schedule
