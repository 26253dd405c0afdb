// SPDX-License-Identifier: Apache-2.0
// The GNU C library keeps free memory between used blocks until malloc_trim() is called.
#include "core/base/memory.hpp"

#include <cerrno>
#include <cstdlib>
#include <thread>
#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace vcs::base {
namespace {

constexpr Nanos kPause = std::chrono::milliseconds(20);

thread_local void* reserve = nullptr;
thread_local Nanos patience_left{};

// The new-handler of the process: `operator new` tries again if this returns.
void free_reserve() {
  if (reserve != nullptr) return std::free(std::exchange(reserve, nullptr));
  if (patience_left < kPause) throw std::bad_alloc();
  patience_left -= kPause;
  std::this_thread::sleep_for(kPause);
}

}  // namespace

void give_back_freed_memory() {
#ifdef __GLIBC__
  (void)malloc_trim(0);
#endif
}

Failure out_of_memory() {
  return fail_errno(ENOMEM, "there is not enough memory for this");
}

MemoryReserve::MemoryReserve(Nanos patience) : patience_(patience) {
  refill();
  std::set_new_handler(free_reserve);
}

MemoryReserve::~MemoryReserve() {
  std::free(std::exchange(reserve, nullptr));
  patience_left = {};
}

void MemoryReserve::refill() {
  if (reserve == nullptr) reserve = std::malloc(kSize);
  if (reserve != nullptr) patience_left = patience_;
}

}  // namespace vcs::base
