// SPDX-License-Identifier: Apache-2.0
// Makes allocations fail on demand. A program that uses this gets the `operator new` of this file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vcs::test {

// While it lives, allocations fail as they do when memory is short. Only one object at a time.
class FailingMemory {
 public:
  // Allocations of `bytes` and more fail, on every thread.
  static FailingMemory of_size(std::size_t bytes) { return FailingMemory(bytes, 0, false); }
  // The n-th allocation from now (1 is the first) fails, on any thread; `all_after`: all later too.
  static FailingMemory nth(std::uint64_t n, bool all_after = false) {
    return FailingMemory(0, n, all_after);
  }
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  std::uint64_t failures() const;

 private:
  FailingMemory(std::size_t size, std::uint64_t nth, bool all_after);
};

// While it lives, allocations of this thread do not fail: the test itself needs memory.
class EnoughMemory {
 public:
  EnoughMemory();
  ~EnoughMemory();
  EnoughMemory(const EnoughMemory&) = delete;
  EnoughMemory& operator=(const EnoughMemory&) = delete;

 private:
  const bool before_;
};

}  // namespace vcs::test
