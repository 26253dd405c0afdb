// SPDX-License-Identifier: Apache-2.0
// Work that can pause in the middle and go on later. It has a stack of its own, and runs on the
// thread that calls go_on().
//
// A thread for each would do, too, but waking a thread takes too long.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>

namespace vcs::test {

class Strand {
 public:
  Strand();
  ~Strand();  // its work must be over
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  // Takes work, which begins with the next go_on().
  void give(std::function<void()> work) { work_ = std::move(work); }
  // Returns when the work is over (true) or pauses (false). Rethrows what the work throws.
  bool go_on();
  // Called by the work: returns at the next go_on().
  void pause();

 private:
  // One of the two sides, with what the address sanitizer must know of it.
  struct Side {
    ucontext_t context{};
    void* fake_stack = nullptr;
    const void* bottom = nullptr;
    std::size_t size = 0;
  };
  static void begin(unsigned high, unsigned low);
  void run();
  static void switch_over(Side& from, Side& to);

  std::unique_ptr<std::byte[]> stack_;
  Side caller_, own_;
  std::function<void()> work_;  // null: there is none
  std::exception_ptr thrown_;
};

}  // namespace vcs::test
