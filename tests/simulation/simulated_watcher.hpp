// SPDX-License-Identifier: Apache-2.0
// A watcher of the simulated disk. It delivers events late by chance, and reports it when its queue
// overflows and loses events.
//
// For one thread.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "agent/watch/watcher.hpp"
#include "tests/simulation/simulated_loop.hpp"
#include "tests/support/simulated_disk.hpp"

namespace vcs::test {

class SimulatedWatcher;

// All watchers of the machine, and their faults.
class SimulatedWatching {
 public:
  SimulatedWatching(SimulatedDisk& disk, SimulatedLoop& loop, SeededRandom& random);
  ~SimulatedWatching();

  std::unique_ptr<agent::watch::Watcher> make();

  // Each delivery waits at most this long.
  void set_longest_delay(base::Nanos delay) { longest_delay_ = delay; }
  // From now on no watcher can start; those that run keep their watches.
  void refuse_watches(bool refuse) { refuse_ = refuse; }
  // The last watcher could not start, so the agent must poll.
  bool is_blind() const { return blind_; }
  // Loses the next `count` events.
  void lose_events(std::uint64_t count) { lose_ = count; }

 private:
  friend class SimulatedWatcher;
  SimulatedDisk& disk_;
  SimulatedLoop& loop_;
  SeededRandom& random_;
  base::Nanos longest_delay_{};
  std::uint64_t lose_ = 0;
  bool refuse_ = false, blind_ = false;
  std::vector<SimulatedWatcher*> watchers_;
};

}  // namespace vcs::test
