// SPDX-License-Identifier: Apache-2.0
// One call in the future, cancelled when its owner is destroyed.
#pragma once

#include <cassert>
#include <utility>

#include "agent/loop/event_loop.hpp"

namespace vcs::agent::loop {

// Loop thread only. The loop outlives it.
class Timer {
 public:
  explicit Timer(EventLoop& loop) : loop_(loop) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Calls `task` once after `delay`; it replaces a call that waits. The task may start the timer
  // again, or destroy it.
  void start(base::Nanos delay, EventLoop::Task task) {
    assert(loop_.here());
    stop();
    id_ = loop_.call_after(delay, [this, task = std::move(task)] {
      id_ = 0;
      task();
    });
  }
  void stop() {
    assert(loop_.here());
    loop_.cancel(std::exchange(id_, 0));
  }
  // A call is still to come.
  bool waits() const { return id_ != 0; }

 private:
  EventLoop& loop_;
  TimerId id_ = 0;
};

}  // namespace vcs::agent::loop
