// SPDX-License-Identifier: Apache-2.0
// The system's clocks.
#include "core/base/clock.hpp"

namespace vcs::base {

namespace {

template <typename SomeClock>
Nanos since_its_epoch() {
  return std::chrono::duration_cast<Nanos>(SomeClock::now().time_since_epoch());
}

}  // namespace

UnixNanos SystemClock::now() const {
  return UnixNanos(since_its_epoch<std::chrono::system_clock>());
}

SteadyNanos SystemClock::steady() const {
  return SteadyNanos(since_its_epoch<std::chrono::steady_clock>());
}

}  // namespace vcs::base
