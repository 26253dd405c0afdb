// SPDX-License-Identifier: Apache-2.0
// An event loop on the test's own thread, with real threads for the work in the background. Time
// stands still: only timers without a delay fire.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "agent/loop/event_loop.hpp"
#include "core/base/thread_pool.hpp"

namespace vcs::test {

class ThreadedLoop final : public agent::loop::EventLoop {
 public:
  void post(Task task) override;
  agent::loop::TimerId call_after(base::Nanos delay, Task task) override;
  void cancel(agent::loop::TimerId timer) override;
  void run_in_background(agent::loop::Pool pool, Task work, Task done) override;

  // Turns, and calls `between` after each turn, until `reached`. False: a minute has passed.
  bool turn_until(const std::function<bool()>& reached, const std::function<void()>& between);

 private:
  bool run_one();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> posted_;
  std::map<agent::loop::TimerId, Task> due_;  // timers without a delay
  agent::loop::TimerId next_timer_ = 1;
  std::map<agent::loop::Pool, base::ThreadPool> pools_;
};

}  // namespace vcs::test
