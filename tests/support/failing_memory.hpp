// SPDX-License-Identifier: Apache-2.0
// Memory that cannot be had, on demand. A program that uses this gets an `operator new` of ours.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vcs::test {

// While it lives, allocations fail as they do when memory is short. One at a time.
class FailingMemory {
 public:
  // Those of `bytes` and more, on every thread.
  static FailingMemory of_size(std::size_t bytes) { return FailingMemory(bytes, 0, false); }
  // The n-th from now (1 is the first), whichever thread it is of; `all_after`: and all behind it.
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

// While it lives, this thread gets all it asks for: it is a test's own at the moment.
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
