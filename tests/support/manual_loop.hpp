// SPDX-License-Identifier: Apache-2.0
// An event loop whose time is a number: timers fire when the test lets time pass, background work
// runs when the test says so. Everything happens on the caller's thread; post() is thread-safe.
#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "agent/loop/event_loop.hpp"
#include "tests/support/manual_clock.hpp"

namespace vcs::test {

class ManualLoop final : public agent::loop::EventLoop {
 public:
  explicit ManualLoop(ManualClock& clock) : clock_(clock) {}

  // False while background work runs, although that runs on the same thread.
  bool here() const override { return !is_working_ && EventLoop::here(); }
  void post(Task task) override;
  agent::loop::TimerId call_after(base::Nanos delay, Task task) override;
  void cancel(agent::loop::TimerId timer) override;
  void run_in_background(agent::loop::Pool pool, Task work, Task done) override;

  // Runs what was posted and the timers that are due, until nothing is left.
  void turn();
  // Lets time pass from timer to timer, so that each timer fires at exactly its time.
  void advance(base::Nanos by);
  // Runs the oldest background work, then turn(). False: there is none.
  bool work_once();

  std::size_t timers() const { return timers_.size(); }
  std::size_t in_background() const { return background_.size(); }

 private:
  struct Timer {
    agent::loop::TimerId id;
    Task task;
  };
  struct Work {
    Task work, done;
  };
  bool run_posted();
  bool run_due_timer();

  ManualClock& clock_;
  std::mutex mutex_;
  std::deque<Task> posted_;
  std::multimap<base::SteadyNanos, Timer> timers_;  // equal times keep their order
  std::deque<Work> background_;
  bool is_working_ = false;
  agent::loop::TimerId next_timer_ = 1;
};

}  // namespace vcs::test
