// SPDX-License-Identifier: Apache-2.0
// The agent's loop in simulated time, with work in the background that takes as long as chance
// says.
//
// One thing happens at a time, in the order of its time; of what has the same time, in the order of
// the calls. Work begins a little after it was asked for. In its midst it may pause, while time
// passes and other things happen: so snapshots, pushes, merges and queries run within each other.
// Where it holds a lock that others want it must not pause, for they would wait for ever.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "agent/loop/event_loop.hpp"
#include "tests/simulation/strand.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::test {

class SimulatedLoop final : public agent::loop::EventLoop {
 public:
  SimulatedLoop(ManualClock& clock, SeededRandom& random) : clock_(clock), random_(random) {}
  ~SimulatedLoop() override { clear(); }

  // Not in background work, though it runs on the same thread.
  bool here() const override { return !current_ && EventLoop::here(); }
  void post(Task task) override;
  agent::loop::TimerId call_after(base::Nanos delay, Task task) override;
  void cancel(agent::loop::TimerId timer) override;
  void run_in_background(agent::loop::Pool pool, Task work, Task done) override;

  // Of the work that calls this; nothing: it is the loop.
  std::optional<agent::loop::Pool> pool() const;
  // In work: goes on so much later.
  void pause(base::Nanos time);
  std::uint64_t pauses() const { return pauses_; }

  // Lets time pass until `reached`, but no longer than `most`. True: reached.
  bool run_until(const std::function<bool()>& reached, base::Nanos most);
  // Forgets everything that was to happen. Work that was begun runs to its end.
  void clear();
  std::uint64_t turns() const { return turns_; }

 private:
  using When = std::pair<base::SteadyNanos, agent::loop::TimerId>;
  struct Work {
    agent::loop::Pool pool;
    std::unique_ptr<Strand> strand;
    Task done;
    base::Nanos pause{};
  };
  using WorkPtr = std::shared_ptr<Work>;
  agent::loop::TimerId add(base::SteadyNanos time, Task task);
  base::Nanos chance(agent::loop::Pool pool);
  std::unique_ptr<Strand> idle_strand();
  void go_on(const WorkPtr& work);

  ManualClock& clock_;
  SeededRandom& random_;
  std::map<When, Task> tasks_;
  std::unordered_map<agent::loop::TimerId, base::SteadyNanos> times_;
  agent::loop::TimerId last_ = 0;
  std::vector<std::unique_ptr<Strand>> idle_;
  std::vector<WorkPtr> begun_;  // in their order
  WorkPtr current_;             // null: the loop itself
  bool clearing_ = false;
  std::uint64_t turns_ = 0, pauses_ = 0;
};

}  // namespace vcs::test
