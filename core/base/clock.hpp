// SPDX-License-Identifier: Apache-2.0
// Clocks. They are passed in: the agent gets the system's clock, a test gets a manual clock, and
// the simulation gets one that jumps.
#pragma once

#include <chrono>
#include <cstdint>

namespace vcs::base {

using Nanos = std::chrono::nanoseconds;

// They only name whose moment it is, so that the compiler refuses to mix the two.
struct UnixClock;
struct SteadyClock;

// A moment: nanoseconds since 1970-01-01 UTC. Stored in commits and compared with file times.
// Where a declaration speaks of a time 0, that is `UnixNanos{}`.
using UnixNanos = std::chrono::time_point<UnixClock, Nanos>;
// A moment of a clock that never jumps. Used for delays only.
using SteadyNanos = std::chrono::time_point<SteadyClock, Nanos>;

// A moment as files and messages hold it, in nanoseconds since 1970 UTC.
constexpr std::int64_t count_of(UnixNanos time) {
  return time.time_since_epoch().count();
}
constexpr UnixNanos unix_nanos(std::int64_t count) {
  return UnixNanos(Nanos(count));
}
// A delay as people and JSON are told it, in seconds.
constexpr double in_seconds(Nanos delay) {
  return std::chrono::duration<double>(delay).count();
}

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixNanos now() const = 0;
  virtual SteadyNanos steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  UnixNanos now() const override;
  SteadyNanos steady() const override;
};

}  // namespace vcs::base
