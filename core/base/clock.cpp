// SPDX-License-Identifier: Apache-2.0
// The system's clocks.
#include "core/base/clock.hpp"

namespace vcs::base {

namespace {

template <typename SomeClock>
std::int64_t nanos_of() {
  return std::chrono::duration_cast<Nanos>(SomeClock::now().time_since_epoch()).count();
}

}  // namespace

UnixNanos SystemClock::now() const {
  return nanos_of<std::chrono::system_clock>();
}

SteadyNanos SystemClock::steady() const {
  return nanos_of<std::chrono::steady_clock>();
}

}  // namespace vcs::base
