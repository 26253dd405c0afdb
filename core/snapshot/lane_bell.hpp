// SPDX-License-Identifier: Apache-2.0
// Wakes lanes that found no work when there may be new work, even though several locks guard the
// places where work comes from.
#pragma once

#include <cstdint>

#include "core/base/guarded.hpp"

namespace vcs::snapshot {

// A lane reads the number of rings, searches for work, and waits only while the number is the same.
// So it cannot miss work that came during the search. Thread-safe.
//
//   const std::uint64_t heard = bell.rings();
//   if (!found_something()) bell.wait(heard);
class LaneBell {
 public:
  std::uint64_t rings() const {
    const base::Lock lock(mutex_);
    return rings_;
  }
  // Call it after any news for a waiting lane: work, the end of work, an error.
  void ring() {
    const base::Lock lock(mutex_);
    ++rings_;
    rang_.notify_all();
  }
  // Returns at once if it rang since `heard`.
  void wait(std::uint64_t heard) {
    base::Lock lock(mutex_);
    while (rings_ == heard) rang_.wait(lock);
  }

 private:
  mutable base::Mutex mutex_;
  base::Condition rang_;
  std::uint64_t rings_ VCS_GUARDED_BY(mutex_) = 0;
};

}  // namespace vcs::snapshot
