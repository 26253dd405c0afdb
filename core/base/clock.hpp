// SPDX-License-Identifier: Apache-2.0
// Clocks. They are passed in: the agent gets the system's clock, a test gets a manual clock, and
// the simulation gets one that jumps.
#pragma once

#include <chrono>
#include <cstdint>

namespace vcs::base {

// Nanoseconds since 1970-01-01 UTC. Stored in commits and compared with file times.
using UnixNanos = std::int64_t;
// Nanoseconds of a clock that never jumps. Used for delays only.
using SteadyNanos = std::int64_t;
using Nanos = std::chrono::nanoseconds;

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
