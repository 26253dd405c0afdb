// SPDX-License-Identifier: Apache-2.0
// Wakes lanes that found no work when there may be new work, even though several locks guard the
// places where work comes from.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace vcs::snapshot {

// A lane reads the number of rings, searches for work, and waits only while the number is the same.
// So it cannot miss work that came during the search. Thread-safe.
//
//   const std::uint64_t heard = bell.rings();
//   if (!found_something()) bell.wait(heard);
class LaneBell {
 public:
  std::uint64_t rings() const {
    const std::scoped_lock lock(mutex_);
    return rings_;
  }
  // Call it after any news for a waiting lane: work, the end of work, an error.
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
