// SPDX-License-Identifier: Apache-2.0
// Runs tasks, timers and background work on the caller's thread.
#include "tests/support/manual_loop.hpp"

#include <algorithm>

namespace vcs::test {

void ManualLoop::post(Task task) {
  std::lock_guard lock(mutex_);
  posted_.push_back(std::move(task));
}

agent::loop::TimerId ManualLoop::call_after(base::Nanos delay, Task task) {
  const agent::loop::TimerId id = next_timer_++;
  timers_.emplace(clock_.steady() + std::max(delay, base::Nanos(0)), Timer{id, std::move(task)});
  return id;
}

void ManualLoop::cancel(agent::loop::TimerId timer) {
  std::erase_if(timers_, [timer](const auto& each) { return each.second.id == timer; });
}

void ManualLoop::run_in_background(agent::loop::Pool, Task work, Task done) {
  background_.push_back({std::move(work), std::move(done)});
}

bool ManualLoop::run_posted() {
  Task task;
  {
    std::lock_guard lock(mutex_);
    if (posted_.empty()) return false;
    task = std::move(posted_.front());
    posted_.pop_front();
  }
  task();
  return true;
}

bool ManualLoop::run_due_timer() {
  if (timers_.empty() || timers_.begin()->first > clock_.steady()) return false;
  Timer timer = std::move(timers_.begin()->second);
  timers_.erase(timers_.begin());
  timer.task();
  return true;
}

void ManualLoop::turn() {
  while (run_posted() || run_due_timer()) continue;
}

void ManualLoop::advance(base::Nanos by) {
  const base::SteadyNanos end = clock_.steady() + by;
  turn();
  while (!timers_.empty() && timers_.begin()->first <= end) {
    clock_.advance(timers_.begin()->first - clock_.steady());
    turn();
  }
  clock_.advance(end - clock_.steady());
}

bool ManualLoop::work_once() {
  if (background_.empty()) return false;
  Work next = std::move(background_.front());
  background_.pop_front();
  {
    struct Working {  // also when the work throws
      bool& is_working;
      ~Working() { is_working = false; }
    } const working{is_working_};
    is_working_ = true;
    next.work();
  }
  post(std::move(next.done));
  turn();
  return true;
}

}  // namespace vcs::test
