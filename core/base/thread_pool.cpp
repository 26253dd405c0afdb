// SPDX-License-Identifier: Apache-2.0
// Runs tasks on the pool's threads, and spreads lanes of work over them.
#include "core/base/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include "core/base/memory.hpp"
#include "core/base/thread_name.hpp"

namespace vcs::base {

ThreadPool::ThreadPool(std::size_t threads, const std::string& name) {
  const std::size_t wanted = std::max<std::size_t>(threads, 1);
  threads_.reserve(wanted);
  try {
    while (threads_.size() < wanted) threads_.emplace_back([this, name] { run(name); });
  } catch (const std::system_error&) {
    // The system has no more threads. Fewer do the same work, so only a pool of none throws.
    if (threads_.empty()) throw;
  }
}

ThreadPool::~ThreadPool() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::submit(Task task) {
  {
    const Lock lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void ThreadPool::run(const std::string& name) {
  name_this_thread(name);
  for (;;) {
    Task task;
    {
      Lock lock(mutex_);
      while (!stopping_ && tasks_.empty()) wake_.wait(lock);
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

namespace {

// The queued helpers share it. A helper that starts after all lanes are done finds no lane left and
// never touches `work`, which is on the caller's stack.
class Lanes {
 public:
  Lanes(std::size_t count, const std::function<void(std::size_t)>& work)
      : count_(count), work_(work) {}

  void run_what_is_left() {
    for (;;) {
      const std::size_t lane = next_.fetch_add(1);
      if (lane >= count_) return;
      std::exception_ptr thrown = run(lane);
      const Lock lock(mutex_);
      if (!thrown_) thrown_ = std::move(thrown);
      if (++done_ == count_) all_done_.notify_all();
    }
  }

  void wait() {
    Lock lock(mutex_);
    while (done_ != count_) all_done_.wait(lock);
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  }

 private:
  std::exception_ptr run(std::size_t lane) {
    try {
      work_(lane);
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }

  const std::size_t count_;
  const std::function<void(std::size_t)>& work_;
  std::atomic<std::size_t> next_{0};
  Mutex mutex_;
  Condition all_done_;
  std::size_t done_ VCS_GUARDED_BY(mutex_) = 0;
  std::exception_ptr thrown_ VCS_GUARDED_BY(mutex_);  // the first exception of a lane
};

}  // namespace

void ThreadPool::run_lanes(std::size_t lanes, const std::function<void(std::size_t lane)>& work) {
  if (lanes == 0) return;
  const auto shared = std::make_shared<Lanes>(lanes, work);
  const std::size_t helpers = std::min(lanes - 1, size());
  for (std::size_t i = 0; i < helpers; ++i)
    if (!has_memory_for([&] { submit([shared] { shared->run_what_is_left(); }); })) break;
  shared->run_what_is_left();
  shared->wait();
}

}  // namespace vcs::base
