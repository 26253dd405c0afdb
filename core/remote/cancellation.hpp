// SPDX-License-Identifier: Apache-2.0
// Whether a store was cancelled: a switch that goes on once.
#pragma once

#include <atomic>

#include "core/base/result.hpp"
#include "core/base/sleeper.hpp"

namespace vcs::remote {

// Thread-safe.
class Cancellation {
 public:
  void set() { set_ = true; }
  bool is_set() const { return set_; }
  // `cancelled` once it is set.
  Result<void> check() const;
  // Sleeps in naps, so that set() ends it within a tenth of a second. False: it ended early.
  bool sleep(base::Nanos time, const base::Sleeper& sleeper) const;

 private:
  std::atomic<bool> set_{false};
};

}  // namespace vcs::remote
