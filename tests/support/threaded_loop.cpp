// SPDX-License-Identifier: Apache-2.0
// Runs tasks from one queue, and background work in one pool for each kind.
#include "tests/support/threaded_loop.hpp"

#include <chrono>

namespace vcs::test {
namespace {

constexpr std::size_t kThreads = 4;
constexpr auto kPatience = std::chrono::minutes(1);

}  // namespace

void ThreadedLoop::post(Task task) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(task));
  wake_.notify_all();
}

agent::loop::TimerId ThreadedLoop::call_after(base::Nanos delay, Task task) {
  const agent::loop::TimerId id = next_timer_++;
  if (delay.count() > 0) return id;
  due_[id] = std::move(task);
  post([this, id] {
    const auto timer = due_.extract(id);
    if (!timer.empty()) timer.mapped()();
  });
  return id;
}

void ThreadedLoop::cancel(agent::loop::TimerId timer) {
  due_.erase(timer);
}

void ThreadedLoop::run_in_background(agent::loop::Pool pool, Task work, Task done) {
  pools_.try_emplace(pool, kThreads, "test")
      .first->second.submit([this, work = std::move(work), done = std::move(done)]() mutable {
        work();
        work = nullptr;
        post(std::move(done));
      });
}

bool ThreadedLoop::run_one() {
  Task task;
  {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::milliseconds(1), [this] { return !posted_.empty(); });
    if (posted_.empty()) return false;
    task = std::move(posted_.front());
    posted_.pop_front();
  }
  task();
  return true;
}

bool ThreadedLoop::turn_until(const std::function<bool()>& reached,
                              const std::function<void()>& between) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!reached()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    run_one();
    between();
  }
  return true;
}

}  // namespace vcs::test
