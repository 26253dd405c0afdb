// SPDX-License-Identifier: Apache-2.0
// One queue of tasks, ordered by time, and a strand for each background work under way.
#include "tests/simulation/simulated_loop.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

namespace vcs::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

}  // namespace

agent::loop::TimerId SimulatedLoop::add(base::SteadyNanos time, Task task) {
  const agent::loop::TimerId id = ++last_;
  tasks_.emplace(When{time, id}, std::move(task));
  times_.emplace(id, time);
  return id;
}

void SimulatedLoop::post(Task task) {
  add(clock_.steady(), std::move(task));
}

agent::loop::TimerId SimulatedLoop::call_after(base::Nanos delay, Task task) {
  return add(clock_.steady() + std::max(delay, base::Nanos(0)), std::move(task));
}

void SimulatedLoop::cancel(agent::loop::TimerId timer) {
  const auto found = times_.find(timer);
  if (found == times_.end()) return;
  tasks_.erase({found->second, timer});
  times_.erase(found);
}

// A random time: mostly short, now and then long.
base::Nanos SimulatedLoop::chance(agent::loop::Pool pool) {
  const bool slow = pool == agent::loop::Pool::compute || pool == agent::loop::Pool::maintenance;
  base::Nanos time = microseconds(random_.below(slow ? 8000 : 2000));
  if (random_.one_in(32)) time += milliseconds(random_.below(400));
  return time;
}

std::unique_ptr<Strand> SimulatedLoop::idle_strand() {
  if (idle_.empty()) return std::make_unique<Strand>();
  auto strand = std::move(idle_.back());
  idle_.pop_back();
  return strand;
}

void SimulatedLoop::run_in_background(agent::loop::Pool pool, Task work, Task done) {
  auto begin = [this, pool, work = std::move(work), done = std::move(done)]() mutable {
    auto begun = std::make_shared<Work>();
    begun->pool = pool;
    begun->strand = idle_strand();
    begun->strand->give(std::move(work));
    begun->done = std::move(done);
    begun_.push_back(begun);
    go_on(begun);
  };
  add(clock_.steady() + chance(pool), std::move(begin));
}

void SimulatedLoop::go_on(const WorkPtr& work) {
  current_ = work;
  std::exception_ptr thrown;
  bool over = true;
  try {
    over = work->strand->go_on();
  } catch (...) {
    thrown = std::current_exception();
  }
  current_ = nullptr;
  if (!over) {
    if (!clearing_) add(clock_.steady() + work->pause, [this, work] { go_on(work); });
    return;
  }
  idle_.push_back(std::move(work->strand));
  std::erase(begun_, work);
  if (thrown) std::rethrow_exception(thrown);
  if (!clearing_) add(clock_.steady() + chance(work->pool), std::move(work->done));
}

std::optional<agent::loop::Pool> SimulatedLoop::pool() const {
  return current_ ? std::optional(current_->pool) : std::nullopt;
}

void SimulatedLoop::pause(base::Nanos time) {
  assert(current_);
  if (clearing_) return;
  ++pauses_;
  current_->pause = time;
  current_->strand->pause();
}

bool SimulatedLoop::run_until(const std::function<bool()>& reached, base::Nanos most) {
  const base::SteadyNanos end = clock_.steady() + most;
  while (!reached()) {
    if (tasks_.empty() || tasks_.begin()->first.first > end) {
      clock_.advance(std::max(end - clock_.steady(), base::Nanos(0)));
      return reached();
    }
    auto next = tasks_.extract(tasks_.begin());
    const auto [time, id] = next.key();
    times_.erase(id);
    if (time > clock_.steady()) clock_.advance(time - clock_.steady());
    ++turns_;
    next.mapped()();
  }
  return true;
}

// The destructors of tasks may cancel tasks and add others.
void SimulatedLoop::clear() {
  clearing_ = true;
  while (!begun_.empty()) go_on(begun_.front());
  clearing_ = false;
  while (!tasks_.empty()) {
    times_.clear();
    const auto dropped = std::exchange(tasks_, {});
  }
}

}  // namespace vcs::test
