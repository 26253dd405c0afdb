// SPDX-License-Identifier: Apache-2.0
// The seam to the event loop: everything that happens in the agent happens on one thread, in turns.
//
// The agent runs on libuv's loop; the simulation runs the same code on a loop whose time is a
// number.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "core/base/clock.hpp"
#include "core/base/memory.hpp"

namespace vcs::agent::loop {

using TimerId = std::uint64_t;  // 0: no timer

// Kinds of background work, each with threads of its own, so that one kind never waits for another.
enum class Pool {
  compute,      // snapshots: about one thread a core
  query,        // answers to requests that read the store
  remote,       // drivers, which may block for long
  maintenance,  // idle work: one thread of the lowest priority
  audit,        // the agent's check of everything, on such a thread, too
};

class EventLoop {
 public:
  using Task = std::function<void()>;
  virtual ~EventLoop() = default;

  // Whether the caller is on the loop thread. Classes for the loop thread only assert it.
  virtual bool here() const { return thread_ == std::this_thread::get_id(); }

  // Runs `task` on the loop, soon, in the order of the calls. Thread-safe.
  virtual void post(Task task) = 0;
  // Runs `task` once after `delay`. Loop thread only. Use a Timer, which cancels the call when its
  // owner is destroyed.
  virtual TimerId call_after(base::Nanos delay, Task task) = 0;
  virtual void cancel(TimerId timer) = 0;  // does nothing if the timer has run or never was
  // Runs `work` on a thread of `pool`, then `done` on the loop, also if `work` threw because it
  // found no memory. Loop thread only.
  virtual void run_in_background(Pool pool, Task work, Task done) = 0;

 private:
  const std::thread::id thread_ = std::this_thread::get_id();  // constructed on the loop thread
};

// The same for work that gives a Result, which `done` takes. If `work` finds no memory, the Result
// is that error; it is made beforehand, because then there is no memory to make it.
template <typename Work, typename Done>
void run_for_result(EventLoop& loop, Pool pool, Work work, Done done) {
  using Outcome = decltype(work());
  const auto outcome = std::make_shared<Outcome>(base::out_of_memory());
  loop.run_in_background(
      pool, [outcome, work = std::move(work)]() mutable { *outcome = base::within_memory(work); },
      [outcome, done = std::move(done)]() mutable { done(std::move(*outcome)); });
}

}  // namespace vcs::agent::loop
