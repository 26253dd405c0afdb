// SPDX-License-Identifier: Apache-2.0
// A remote in memory behind a bad line.
//
// What it may do, by chance: not answer; do what was asked and lose the answer; keep the first half
// of a pack or index and lose the answer, which is more than the contract allows; leave what is
// young out of a list, which is so too; take its time. Small objects are whole or absent, and what
// was answered with success is there for ever.
//
// Each call takes its time, and other things happen meanwhile. Whoever is dead reaches nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/remote/drivers/memory/memory_remote.hpp"
#include "core/remote/registry/remote_registry.hpp"
#include "tests/simulation/simulated_loop.hpp"

namespace vcs::test {

struct RemoteWeather {
  bool down = false;
  bool partial_puts = false;
  bool lists_lie = false;
  std::uint64_t fails_one_in = 0;  // calls; 0: none
  base::Nanos slowness{};          // of a call, at most
};

// The machines at the other end, by the URL they are opened with.
class FaultyRemotes {
 public:
  FaultyRemotes(SimulatedLoop& loop, const base::Clock& clock, SeededRandom& random,
                std::function<bool()> is_dead)
      : loop_(loop), clock_(clock), random_(random), is_dead_(std::move(is_dead)) {}

  struct Machine {
    std::shared_ptr<remote::drivers::MemoryObjects> objects =
        std::make_shared<remote::drivers::MemoryObjects>();
    std::map<std::string, base::SteadyNanos> put_at;
    RemoteWeather weather;
    std::uint64_t calls = 0, troubles = 0;
  };
  Machine& machine(const std::string& url) { return machines_[url]; }
  const std::map<std::string, Machine>& machines() const { return machines_; }

  void clear_up() {
    for (auto& [url, machine] : machines_) machine.weather = {};
  }

  // Without wrappers: whoever opens it meets the weather as it is.
  std::unique_ptr<remote::RemoteStore> open(const std::string& url);
  // For the agent: with the wrappers of the house, whose pauses pass in simulated time.
  remote::registry::RemoteOpener opener();

 private:
  SimulatedLoop& loop_;
  const base::Clock& clock_;
  SeededRandom& random_;
  const std::function<bool()> is_dead_;
  std::map<std::string, Machine> machines_;
};

}  // namespace vcs::test
