// SPDX-License-Identifier: Apache-2.0
// Gives freed memory back to the system, and turns a lack of memory into an error of one task.
#pragma once

#include <new>
#include <stdexcept>

#include "core/base/clock.hpp"
#include "core/base/guarded.hpp"
#include "core/base/result.hpp"

namespace vcs::base {

// Gives memory that the allocator keeps after free() back to the system. Call it after work that
// used much memory. It takes about a millisecond per ten megabytes; other threads may have to wait
// that long.
void give_back_freed_memory();

// The error of a task that could not get the memory it needs.
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

// Runs `work`, which returns a Result. If an allocation fails, returns out_of_memory().
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

// A reserve of memory for a thread that cannot give its work up halfway. When an allocation of this
// thread fails, `operator new` frees the reserve and tries again. If that is not enough, the thread
// waits for others to free memory, for `patience` in all, until refill() makes a new reserve.
// Create and destroy it on that thread.
class MemoryReserve {
 public:
  explicit MemoryReserve(Nanos patience = {});
  ~MemoryReserve();
  MemoryReserve(const MemoryReserve&) = delete;
  MemoryReserve& operator=(const MemoryReserve&) = delete;

  // Makes a new reserve if the old one was used and there is memory now.
  void refill();

  static constexpr std::size_t kSize = std::size_t{8} << 20;

 private:
  const Nanos patience_;
};

}  // namespace vcs::base
