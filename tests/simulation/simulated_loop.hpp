// SPDX-License-Identifier: Apache-2.0
// The agent's loop in simulated time, with background work that takes a random time.
//
// Tasks run one at a time, in the order of their times; tasks of the same time run in the order of
// the calls. Work begins a little after it was asked for. It may pause in the middle, while time
// passes and other things happen: so snapshots, pushes, merges and queries run within each other.
// Work that holds a lock must not pause: others who want the lock would wait for ever.
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

  // False in background work, although that runs on the same thread.
  bool here() const override { return !current_ && EventLoop::here(); }
  void post(Task task) override;
  agent::loop::TimerId call_after(base::Nanos delay, Task task) override;
  void cancel(agent::loop::TimerId timer) override;
  void run_in_background(agent::loop::Pool pool, Task work, Task done) override;

  // The pool of the work that calls this; nothing: the loop calls it.
  std::optional<agent::loop::Pool> pool() const;
  // Called by work: returns after this much simulated time.
  void pause(base::Nanos time);
  std::uint64_t pauses() const { return pauses_; }

  // Lets time pass until `reached`, but no longer than `most`. True: reached.
  bool run_until(const std::function<bool()>& reached, base::Nanos most);
  // Drops all tasks. Work that has begun runs to its end.
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
