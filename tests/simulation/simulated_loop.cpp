// One queue, ordered by time.
#include "tests/simulation/simulated_loop.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace vcs::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Whoever stops the agent would cut longer waiting short; here it is over when it begins.
constexpr base::Nanos kLongestWork = std::chrono::minutes(5);

}  // namespace

agent::TimerId SimulatedLoop::add(base::SteadyNanos time, Task task) {
  const agent::TimerId id = ++last_;
  tasks_.emplace(When{time, id}, std::move(task));
  times_.emplace(id, time);
  return id;
}

void SimulatedLoop::post(Task task) {
  add(clock_.steady(), std::move(task));
}

agent::TimerId SimulatedLoop::call_after(base::Nanos delay, Task task) {
  return add(clock_.steady() + std::max<base::SteadyNanos>(delay.count(), 0), std::move(task));
}

void SimulatedLoop::cancel(agent::TimerId timer) {
  const auto found = times_.find(timer);
  if (found == times_.end()) return;
  tasks_.erase({found->second, timer});
  times_.erase(found);
}

// Mostly short, now and then long.
base::Nanos SimulatedLoop::chance(agent::Pool pool) {
  const bool slow = pool == agent::Pool::compute || pool == agent::Pool::maintenance;
  base::Nanos time = microseconds(random_.below(slow ? 8000 : 2000));
  if (random_.one_in(32)) time += milliseconds(random_.below(400));
  return time;
}

void SimulatedLoop::run_in_background(agent::Pool pool, Task work, Task done) {
  add(clock_.steady() + chance(pool).count(),
      [this, pool, work = std::move(work), done = std::move(done)]() mutable {
        taken_ = {};
        work();
        work = nullptr;
        const base::Nanos time = std::min(taken_, kLongestWork) + chance(pool);
        add(clock_.steady() + time.count(), std::move(done));
      });
}

bool SimulatedLoop::run_until(const std::function<bool()>& reached, base::Nanos most) {
  const base::SteadyNanos end = clock_.steady() + most.count();
  while (!reached()) {
    if (tasks_.empty() || tasks_.begin()->first.first > end) {
      clock_.advance(base::Nanos(std::max<base::SteadyNanos>(end - clock_.steady(), 0)));
      return reached();
    }
    auto next = tasks_.extract(tasks_.begin());
    const auto [time, id] = next.key();
    times_.erase(id);
    if (time > clock_.steady()) clock_.advance(base::Nanos(time - clock_.steady()));
    ++turns_;
    next.mapped()();
  }
  return true;
}

// What is destroyed may cancel and add.
void SimulatedLoop::clear() {
  while (!tasks_.empty()) {
    times_.clear();
    const auto dropped = std::exchange(tasks_, {});
  }
}

}  // namespace vcs::test
