// SPDX-License-Identifier: Apache-2.0
// The event loop on libuv.
#pragma once

#include <uv.h>

#include <list>
#include <memory>
#include <unordered_map>

#include "agent/loop/event_loop.hpp"
#include "core/base/guarded.hpp"
#include "core/base/memory.hpp"
#include "core/base/thread_pool.hpp"

namespace vcs::agent::loop {

// The pools must outlive the loop. Constructed and run on one thread.
class UvEventLoop final : public EventLoop {
 public:
  struct Pools {
    base::ThreadPool& compute;
    base::ThreadPool& query;
    base::ThreadPool& remote;
    base::ThreadPool& maintenance;
    base::ThreadPool& audit;
  };
  explicit UvEventLoop(Pools pools);
  ~UvEventLoop() override;

  void post(Task task) override;
  TimerId call_after(base::Nanos delay, Task task) override;
  void cancel(TimerId timer) override;
  void run_in_background(Pool pool, Task work, Task done) override;

  // Runs until stop() was called and all background work has ended.
  void run();
  void stop();  // thread-safe

  uv_loop_t* uv() { return &loop_; }

 private:
  struct Timer;
  void post(std::list<Task>& tasks);  // moves the tasks out of the list; needs no memory
  void run_posted();
  base::ThreadPool& pool_of(Pool pool);

  Pools pools_;
  uv_loop_t loop_;
  uv_async_t wake_;
  uv_prepare_t before_waiting_;
  base::Mutex mutex_;
  std::list<Task> posted_ VCS_GUARDED_BY(mutex_);
  bool stopping_ VCS_GUARDED_BY(mutex_) = false;
  base::MemoryReserve* reserve_ = nullptr;  // while the loop turns
  std::size_t in_background_ = 0;           // loop thread only
  TimerId next_timer_ = 1;
  std::unordered_map<TimerId, Timer*> timers_;  // freed by their close callbacks
};

}  // namespace vcs::agent::loop
