// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until a test moves it. Thread-safe.
#pragma once

#include <atomic>

#include "core/base/clock.hpp"

namespace vcs::test {

class ManualClock final : public base::Clock {
 public:
  // By default 2023-11-14 22:13:20 UTC: a real date, so that a forgotten clock is not mistaken for
  // zero.
  explicit ManualClock(base::UnixNanos now = base::unix_nanos(1'700'000'000'000'000'000))
      : now_(base::count_of(now)) {}

  base::UnixNanos now() const override { return base::unix_nanos(now_); }
  base::SteadyNanos steady() const override { return base::SteadyNanos(base::Nanos(steady_)); }

  // Advances both clocks.
  void advance(base::Nanos by);
  // Sets the wall clock; the steady clock does not change.
  void set_now(base::UnixNanos now) { now_ = base::count_of(now); }

 private:
  std::atomic<std::int64_t> now_;  // numbers, because moments cannot be added to atomically
  std::atomic<std::int64_t> steady_{1'000'000'000};
};

}  // namespace vcs::test
