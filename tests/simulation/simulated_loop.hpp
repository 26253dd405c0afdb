// The agent's loop in simulated time, with work in the background that takes as long as chance
// says.
//
// Everything happens on one thread, in the order of its time; of what has the same time, in the
// order of the calls. Work begins a little after it was asked for, happens at that moment as a
// whole, and is done later: at once, or after what chance and take() add. So snapshots, pushes and
// queries of different kinds begin and end in every order, but never run within each other.
#pragma once

#include <map>
#include <unordered_map>

#include "agent/event_loop.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::test {

class SimulatedLoop final : public agent::EventLoop {
 public:
  SimulatedLoop(ManualClock& clock, SeededRandom& random) : clock_(clock), random_(random) {}

  void post(Task task) override;
  agent::TimerId call_after(base::Nanos delay, Task task) override;
  void cancel(agent::TimerId timer) override;
  void run_in_background(agent::Pool pool, Task work, Task done) override;

  // In work: it is done so much later.
  void take(base::Nanos time) { taken_ += time; }

  // Lets time pass until `reached`, but no longer than `most`. True: reached.
  bool run_until(const std::function<bool()>& reached, base::Nanos most);
  // Forgets everything that was to happen.
  void clear();
  std::uint64_t turns() const { return turns_; }

 private:
  using When = std::pair<base::SteadyNanos, agent::TimerId>;
  agent::TimerId add(base::SteadyNanos time, Task task);
  base::Nanos chance(agent::Pool pool);

  ManualClock& clock_;
  SeededRandom& random_;
  std::map<When, Task> tasks_;
  std::unordered_map<agent::TimerId, base::SteadyNanos> times_;
  agent::TimerId last_ = 0;
  base::Nanos taken_{};
  std::uint64_t turns_ = 0;
};

}  // namespace vcs::test
