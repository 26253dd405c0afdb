// SPDX-License-Identifier: Apache-2.0
// How lanes that find nothing to do learn that something is new, though what they look at lies
// behind several locks.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace vcs::snapshot {

// A lane remembers the number of rings, looks around, and waits only while that number stands: what
// became new during the look cannot be missed. Thread-safe.
//
//   const std::uint64_t heard = bell.rings();
//   if (!found_something()) bell.wait(heard);
class LaneBell {
 public:
  std::uint64_t rings() const {
    const std::scoped_lock lock(mutex_);
    return rings_;
  }
  // After whatever a waiting lane might look for: work, the end of work, an error.
  void ring() {
    const std::scoped_lock lock(mutex_);
    ++rings_;
    rang_.notify_all();
  }
  // Returns at once if it rang since `heard`.
  void wait(std::uint64_t heard) {
    std::unique_lock lock(mutex_);
    rang_.wait(lock, [&] { return rings_ != heard; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable rang_;
  std::uint64_t rings_ = 0;
};

}  // namespace vcs::snapshot
