// SPDX-License-Identifier: Apache-2.0
// libuv's handles behind the seam. C code calls the callbacks: nothing that they call may throw.
#include "agent/loop/uv_event_loop.hpp"

#include <cassert>

#include "core/base/memory.hpp"

namespace vcs::agent::loop {
namespace {

// The loop waits at most so long for memory. Work on other threads frees some when it ends or
// fails.
constexpr base::Nanos kPatience = std::chrono::seconds(10);
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
  uv_prepare_init(&loop_, &before_waiting_);
  before_waiting_.data = this;
  uv_prepare_start(&before_waiting_, [](uv_prepare_t* handle) {
    const auto* loop = static_cast<UvEventLoop*>(handle->data);
    if (loop->reserve_ != nullptr) loop->reserve_->refill();
  });
  uv_unref(reinterpret_cast<uv_handle_t*>(&before_waiting_));
}

UvEventLoop::~UvEventLoop() {
  while (!timers_.empty()) cancel(timers_.begin()->first);
  uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&before_waiting_), nullptr);
  uv_run(&loop_, UV_RUN_DEFAULT);
  [[maybe_unused]] const int busy = uv_loop_close(&loop_);
  assert(busy == 0 && "every handle on the loop must be closed by its owner");
}

void UvEventLoop::post(Task task) {
  std::list<Task> one;
  one.push_back(std::move(task));
  post(one);
}

void UvEventLoop::post(std::list<Task>& tasks) {
  base::Lock lock(mutex_);
  posted_.splice(posted_.end(), tasks);
  uv_async_send(&wake_);
}

void UvEventLoop::run_posted() {
  std::list<Task> tasks;
  {
    base::Lock lock(mutex_);
    tasks.swap(posted_);
  }
  for (Task& task : tasks) task();
  base::Lock lock(mutex_);
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
  // Made beforehand, so that the end can be posted even without memory.
  auto ended = std::make_shared<std::list<Task>>();
  ended->push_back([this, done = std::move(done)] {
    --in_background_;
    done();
  });
  pool_of(pool).submit([this, work = std::move(work), ended = std::move(ended)]() mutable {
    const auto begin = std::chrono::steady_clock::now();
    (void)base::has_memory_for(work);  // if it fails, the result that was preset stays
    work = nullptr;                    // frees its captures here, not on the loop
    const bool was_long = std::chrono::steady_clock::now() - begin > kLongWork;
    post(*ended);
    if (was_long) base::give_back_freed_memory();
  });
}

// If a callback threw for lack of memory, nobody would finish its work: so the loop has a reserve.
void UvEventLoop::run() {
  base::MemoryReserve reserve(kPatience);
  reserve_ = &reserve;
  uv_run(&loop_, UV_RUN_DEFAULT);
  reserve_ = nullptr;
}

void UvEventLoop::stop() {
  base::Lock lock(mutex_);
  stopping_ = true;
  uv_async_send(&wake_);
}

}  // namespace vcs::agent::loop
