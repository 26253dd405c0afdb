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
  maintenance,  // idle work: one thread that gets what nobody else wants
  audit,        // looks at everything, on such a thread, too
};

class EventLoop {
 public:
  using Task = std::function<void()>;
  virtual ~EventLoop() = default;

  // Whether the caller may do what is for the loop thread only. Asserted where a class says so.
  virtual bool here() const { return thread_ == std::this_thread::get_id(); }

  // Runs `task` on the loop, soon, in the order of the calls. Thread-safe.
  virtual void post(Task task) = 0;
  // Runs `task` once after `delay`. Loop thread only. Used through a Timer, which takes the call
  // back when its owner goes.
  virtual TimerId call_after(base::Nanos delay, Task task) = 0;
  virtual void cancel(TimerId timer) = 0;  // of a timer that ran or never was: nothing happens
  // Runs `work` on a thread of `pool`, then `done` on the loop, also if the work found no memory
  // and threw. Loop thread only.
  virtual void run_in_background(Pool pool, Task work, Task done) = 0;

 private:
  const std::thread::id thread_ = std::this_thread::get_id();  // made on the thread that turns it
};

// The same for work that gives a Result, which `done` takes: that memory is short is an error of
// this work. The error is made beforehand, so that it can be told then.
template <typename Work, typename Done>
void run_for_result(EventLoop& loop, Pool pool, Work work, Done done) {
  using Outcome = decltype(work());
  const auto outcome = std::make_shared<Outcome>(base::out_of_memory());
  loop.run_in_background(
      pool, [outcome, work = std::move(work)]() mutable { *outcome = base::within_memory(work); },
      [outcome, done = std::move(done)]() mutable { done(std::move(*outcome)); });
}

}  // namespace vcs::agent::loop
