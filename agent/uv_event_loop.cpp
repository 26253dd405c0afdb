// SPDX-License-Identifier: Apache-2.0
// libuv's handles behind the seam. Callbacks are C frames: nothing that they call may throw.
#include "agent/uv_event_loop.hpp"

#include <cassert>

#include "core/base/memory.hpp"

namespace vcs::agent {
namespace {

// Work that ran so long may have taken and freed much memory.
constexpr base::Nanos kLongWork = std::chrono::milliseconds(100);

}  // namespace

struct UvEventLoop::Timer {
  uv_timer_t handle;
  UvEventLoop* loop;
  TimerId id;
  Task task;
};

UvEventLoop::UvEventLoop(Pools pools) : pools_(pools) {
  [[maybe_unused]] int failed = uv_loop_init(&loop_);
  assert(failed == 0);
  failed = uv_async_init(&loop_, &wake_, [](uv_async_t* async) {
    static_cast<UvEventLoop*>(async->data)->run_posted();
  });
  assert(failed == 0);
  wake_.data = this;
}

UvEventLoop::~UvEventLoop() {
  while (!timers_.empty()) cancel(timers_.begin()->first);
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  [[maybe_unused]] const int busy = uv_loop_close(&loop_);
  assert(busy == 0 && "every handle on the loop must be closed by its owner");
}

void UvEventLoop::post(Task task) {
  std::lock_guard lock(mutex_);
  posted_.push_back(std::move(task));
  uv_async_send(&wake_);
}

void UvEventLoop::run_posted() {
  std::vector<Task> tasks;
  {
    std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (Task& task : tasks) task();
  if (reserve_ != nullptr) reserve_->refill();
  std::lock_guard lock(mutex_);
  if (stopping_ && in_background_ == 0 && posted_.empty()) uv_stop(&loop_);
}

TimerId UvEventLoop::call_after(base::Nanos delay, Task task) {
  auto* timer = new Timer{{}, this, next_timer_++, std::move(task)};
  timer->handle.data = timer;
  uv_timer_init(&loop_, &timer->handle);
  // libuv counts milliseconds from the start of the turn; rounding up never fires early.
  const auto millis =
      std::chrono::ceil<std::chrono::milliseconds>(std::max(delay, base::Nanos(0))).count();
  uv_update_time(&loop_);
  uv_timer_start(
      &timer->handle,
      [](uv_timer_t* handle) {
        auto* fired = static_cast<Timer*>(handle->data);
        Task run = std::move(fired->task);
        fired->loop->cancel(fired->id);
        run();
      },
      static_cast<std::uint64_t>(millis), 0);
  timers_.emplace(timer->id, timer);
  return timer->id;
}

void UvEventLoop::cancel(TimerId id) {
  const auto found = timers_.find(id);
  if (found == timers_.end()) return;
  Timer* timer = found->second;
  timers_.erase(found);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer->handle),
           [](uv_handle_t* handle) { delete static_cast<Timer*>(handle->data); });
}

base::ThreadPool& UvEventLoop::pool_of(Pool pool) {
  switch (pool) {
    case Pool::compute:
      return pools_.compute;
    case Pool::query:
      return pools_.query;
    case Pool::remote:
      return pools_.remote;
    case Pool::maintenance:
      return pools_.maintenance;
    case Pool::audit:
      return pools_.audit;
  }
  return pools_.compute;
}

void UvEventLoop::run_in_background(Pool pool, Task work, Task done) {
  ++in_background_;
  pool_of(pool).submit([this, work = std::move(work), done = std::move(done)]() mutable {
    const auto begin = std::chrono::steady_clock::now();
    work();
    work = nullptr;  // what it holds is freed here, not on the loop
    const bool was_long = std::chrono::steady_clock::now() - begin > kLongWork;
    post([this, done = std::move(done)] {
      --in_background_;
      done();
    });
    if (was_long) base::give_back_freed_memory();
  });
}

// What a callback leaves half done nobody finishes.
void UvEventLoop::run() {
  base::MemoryReserve reserve;
  reserve_ = &reserve;
  uv_run(&loop_, UV_RUN_DEFAULT);
  reserve_ = nullptr;
}

void UvEventLoop::stop() {
  std::lock_guard lock(mutex_);
  stopping_ = true;
  uv_async_send(&wake_);
}

}  // namespace vcs::agent
