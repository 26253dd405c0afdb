// SPDX-License-Identifier: Apache-2.0
// How lanes that find nothing to do learn that something is new, though what they look at lies
// behind several locks.
#pragma once

#include <cstdint>

#include "core/base/guarded.hpp"

namespace vcs::snapshot {

// A lane remembers the number of rings, looks around, and waits only while that number stands: what
// became new during the look cannot be missed. Thread-safe.
//
//   const std::uint64_t heard = bell.rings();
//   if (!found_something()) bell.wait(heard);
class LaneBell {
 public:
  std::uint64_t rings() const {
    const base::Lock lock(mutex_);
    return rings_;
  }
  // After whatever a waiting lane might look for: work, the end of work, an error.
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
