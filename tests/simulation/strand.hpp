// SPDX-License-Identifier: Apache-2.0
// Work that can stop in its midst and go on later: a stack of its own, on the thread of whoever
// lets it go on.
//
// A thread for each would do, too, but for the time that it takes to wake one.
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
  ~Strand();  // its work is over
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  // Gives it work, which begins with go_on().
  void give(std::function<void()> work) { work_ = std::move(work); }
  // Returns when the work is over (true) or pauses. What it throws is thrown here.
  bool go_on();
  // Called by the work: returns when it is to go on.
  void pause();

 private:
  // One of the two sides, and what the address sanitizer wants to know of it.
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
