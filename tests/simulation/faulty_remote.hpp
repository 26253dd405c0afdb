// SPDX-License-Identifier: Apache-2.0
// A remote in memory behind a bad line.
//
// By chance it does not answer; does what was asked and loses the answer; keeps the first half of a
// pack or index and loses the answer; leaves young objects out of a list; or takes its time. The
// contract does not allow the half object and the incomplete list. Small objects are whole or
// absent, and an object whose put was answered with success stays for ever.
//
// Each call takes its time, and other things happen meanwhile. A dead agent reaches nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/remote/drivers/memory/memory_remote.hpp"
#include "core/remote/registry/remote_registry.hpp"
#include "core/remote/registry/remotes.hpp"
#include "tests/simulation/simulated_loop.hpp"

namespace vcs::test {

struct RemoteWeather {
  bool down = false;
  bool partial_puts = false;
  bool lists_lie = false;
  std::uint64_t fails_one_in = 0;  // one in so many calls fails; 0: none
  base::Nanos slowness{};          // the longest time of a call
};

// The machines at the other end, by their URL.
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

  // Opens without wrappers: the caller meets the weather as it is.
  std::unique_ptr<remote::RemoteStore> open(const std::string& url);
  // For the agent: opens with the product's wrappers, whose pauses pass in simulated time.
  remote::registry::RemoteOpener opener();

 private:
  SimulatedLoop& loop_;
  const base::Clock& clock_;
  SeededRandom& random_;
  const std::function<bool()> is_dead_;
  std::map<std::string, Machine> machines_;
};

}  // namespace vcs::test
