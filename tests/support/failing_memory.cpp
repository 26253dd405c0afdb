// SPDX-License-Identifier: Apache-2.0
// The allocation functions of a test program.
#include "tests/support/failing_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> size_that_fails{0};  // 0: none
std::atomic<std::uint64_t> until_failure{0};  // 0: none
std::atomic<bool> fails_from_then_on{false}, has_begun{false};
std::atomic<std::uint64_t> failed{0};

thread_local bool has_enough = false;

bool counts_to_failure() {
  if (has_begun) return fails_from_then_on;
  for (std::uint64_t left = until_failure; left > 0;)
    if (until_failure.compare_exchange_weak(left, left - 1)) return left == 1;
  return false;
}

bool fails(std::size_t size) {
  if (has_enough) return false;
  const std::size_t least = size_that_fails.load(std::memory_order_relaxed);
  if (least != 0) return size >= least;
  if (until_failure.load(std::memory_order_relaxed) == 0 && !has_begun) return false;
  const bool now = counts_to_failure();
  if (now) has_begun = true;
  return now;
}

void* allocate(std::size_t size) noexcept {
  if (fails(size)) {
    ++failed;
    return nullptr;
  }
  return std::malloc(size == 0 ? 1 : size);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* memory = allocate(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
// Sanitizers have array versions of their own, which would not call the functions above.
void* operator new[](std::size_t size) {
  return operator new(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace vcs::test {

FailingMemory::FailingMemory(std::size_t size, std::uint64_t nth, bool all_after) {
  failed = 0;
  has_begun = false;
  fails_from_then_on = all_after;
  until_failure = nth;
  size_that_fails = size;
}

FailingMemory::~FailingMemory() {
  size_that_fails = 0;
  until_failure = 0;
  fails_from_then_on = false;
  has_begun = false;
}

EnoughMemory::EnoughMemory() : before_(has_enough) {
  has_enough = true;
}

EnoughMemory::~EnoughMemory() {
  has_enough = before_;
}

std::uint64_t FailingMemory::failures() const {
  return failed;
}

}  // namespace vcs::test
