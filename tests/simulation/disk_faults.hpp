// SPDX-License-Identifier: Apache-2.0
// Faults in the agent's filesystem calls: refusals, a full disk, death in the middle, a person who
// saves while a snapshot reads, and calls that take a while.
//
// For one thread.
#pragma once

#include <functional>
#include <string>

#include "tests/simulation/simulated_loop.hpp"
#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/simulated_disk.hpp"

namespace vcs::test {

class DiskFaults final : public Interceptor {
 public:
  // Calls below `home` meet faults; a person meddles below `worktree`.
  DiskFaults(SimulatedDisk& disk, SimulatedLoop& loop, SeededRandom& random,
             const base::Clock& clock, std::string home, std::string worktree)
      : disk_(disk),
        loop_(loop),
        random_(random),
        clock_(clock),
        home_(std::move(home)),
        worktree_(std::move(worktree)) {}

  // Refuses, once, the n-th call from now that changes something.
  void refuse_change(std::uint64_t nth, int os_error) {
    refuse_change_in_ = nth, refusal_ = os_error;
  }
  void refuse_read(std::uint64_t nth) { refuse_read_in_ = nth; }
  // Refuses the n-th call from now that reads the worktree.
  void refuse_look(std::uint64_t nth) { refuse_look_in_ = nth; }
  void fill_disk(bool full) { full_ = full; }
  bool is_full() const { return full_; }
  // The agent dies at the n-th call from now that changes something.
  void die_at_change(std::uint64_t nth) { die_in_ = nth; }
  // From now on every call fails: the agent is dead and does not know it.
  void die() { dead_ = true; }
  bool dead() const { return dead_; }
  // Ends all of the above.
  void heal();
  // Runs `meddling` before the n-th call from now that reads the worktree.
  void meddle(std::uint64_t nth, std::function<void()> meddling) {
    meddle_in_ = nth, meddling_ = std::move(meddling);
  }

  // The time of the last refusal, by the steady clock.
  base::SteadyNanos last_trouble() const { return last_trouble_; }
  base::SteadyNanos last_refused_look() const { return last_refused_look_; }
  std::uint64_t refusals() const { return refusals_; }

  // While one lives, the test itself reads the disk and meets no faults.
  class Peace {
   public:
    explicit Peace(DiskFaults& faults) : faults_(faults) { ++faults_.peace_; }
    ~Peace() { --faults_.peace_; }
    Peace(const Peace&) = delete;
    Peace& operator=(const Peace&) = delete;

   private:
    DiskFaults& faults_;
  };

 private:
  base::Result<void> before(Call& call) override;
  void after(Call&, bool) override {}
  base::Result<void> refuse(Call& call, int os_error);
  bool may_pause(const Call& call) const;
  void pause();
  void look_into_worktree();

  SimulatedDisk& disk_;
  SimulatedLoop& loop_;
  SeededRandom& random_;
  const base::Clock& clock_;
  const std::string home_, worktree_;
  std::uint64_t refuse_change_in_ = 0, refuse_read_in_ = 0, refuse_look_in_ = 0, die_in_ = 0,
                meddle_in_ = 0;
  int refusal_ = 0;
  bool full_ = false, dead_ = false;
  std::function<void()> meddling_;
  int peace_ = 0;
  base::SteadyNanos last_trouble_{}, last_refused_look_{};
  std::uint64_t refusals_ = 0;
};

}  // namespace vcs::test
