// SPDX-License-Identifier: Apache-2.0
// Pauses that a cancelled store ends.
#include "core/remote/cancellation.hpp"

#include <algorithm>

namespace vcs::remote {

namespace {

constexpr base::Nanos kNap = std::chrono::milliseconds(100);

}  // namespace

Result<void> Cancellation::check() const {
  if (!is_set()) return {};
  return fail(ErrorCode::cancelled, "the remote was told to stop");
}

bool Cancellation::sleep(base::Nanos time, const base::Sleeper& sleeper) const {
  for (; time.count() > 0; time -= kNap)
    if (is_set() || !sleeper(std::min(time, kNap))) return false;
  return !is_set();
}

}  // namespace vcs::remote
