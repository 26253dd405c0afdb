// SPDX-License-Identifier: Apache-2.0
// What the allocator keeps of memory that was freed, and what becomes of work that gets none.
#pragma once

#include <new>
#include <stdexcept>

#include "core/base/clock.hpp"
#include "core/base/guarded.hpp"
#include "core/base/result.hpp"

namespace vcs::base {

// Gives it back to the system, where that is not done by itself: after work that took much of it.
// Takes about a millisecond for ten megabytes, for which other threads may have to wait.
void give_back_freed_memory();

// The error of work that could not get the memory it needs.
Failure out_of_memory();

// Runs `work`; false if it found no memory, and so did not come to its end. Unchecked, for the work
// may need locks that the caller has.
template <typename Work>
bool has_memory_for(Work&& work) VCS_NO_THREAD_CHECK {
  try {
    work();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  } catch (const std::length_error&) {  // more than any memory holds
    return false;
  }
}

// Runs `work`, which gives a Result: that memory is short is an error of this work, and nobody
// else's.
template <typename Work>
auto within_memory(Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::length_error&) {
    return out_of_memory();
  }
}

// Memory kept back for a thread whose work cannot be given up halfway: when an allocation of this
// thread fails, the reserve is freed and the allocation tried again. When that is not enough, the
// thread waits for others to give memory back, so long in all, until there is a reserve again. Made
// and ended on that thread.
class MemoryReserve {
 public:
  explicit MemoryReserve(Nanos patience = {});
  ~MemoryReserve();
  MemoryReserve(const MemoryReserve&) = delete;
  MemoryReserve& operator=(const MemoryReserve&) = delete;

  // Puts something aside again, if it was used and there is memory now.
  void refill();

  static constexpr std::size_t kSize = std::size_t{8} << 20;

 private:
  const Nanos patience_;
};

}  // namespace vcs::base
