// SPDX-License-Identifier: Apache-2.0
// A watcher that is told by the simulated disk, late if chance wants it, and that loses events
// when its queue overflows, which it tells.
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

// All watchers of the machine, and how well they do.
class SimulatedWatching {
 public:
  SimulatedWatching(SimulatedDisk& disk, SimulatedLoop& loop, SeededRandom& random);
  ~SimulatedWatching();

  std::unique_ptr<agent::watch::Watcher> make();

  // Each delivery waits up to so long.
  void set_longest_delay(base::Nanos delay) { longest_delay_ = delay; }
  // From now on no watch can be had; whoever has one keeps it.
  void refuse_watches(bool refuse) { refuse_ = refuse; }
  // The last one who asked got none, and has to look by itself.
  bool is_blind() const { return blind_; }
  // So many of the next events are lost.
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
