// SPDX-License-Identifier: Apache-2.0
// A fixed number of threads and one queue of tasks.
//
// Tasks must not throw, but lanes may. The destructor runs all queued tasks, then joins. A task
// must not wait for another task of the same pool.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/guarded.hpp"

namespace vcs::base {

class ThreadPool {
 public:
  using Task = std::function<void()>;

  // `name` is shown by ps and top (cut to 15 bytes).
  ThreadPool(std::size_t threads, const std::string& name);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Thread-safe; never blocks.
  void submit(Task task);
  std::size_t size() const { return threads_.size(); }
  // Runs work(0) … work(lanes-1) on up to `lanes` threads, the caller's among them, and returns
  // when all are done. Lanes that find no free thread run on the caller. If a lane throws (there is
  // no memory), the others go on; when all have ended, the caller gets the first exception.
  void run_lanes(std::size_t lanes, const std::function<void(std::size_t lane)>& work);

 private:
  void run(const std::string& name);

  Mutex mutex_;
  Condition wake_;
  std::deque<Task> tasks_ VCS_GUARDED_BY(mutex_);
  bool stopping_ VCS_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace vcs::base
