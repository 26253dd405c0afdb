// A remote in memory behind a bad line.
//
// What it may do, by chance: not answer; do what was asked and lose the answer; keep the first half
// of a pack or index and lose the answer, which is more than the contract allows; leave what is
// young out of a list, which is so too; take its time. Small objects are whole or absent, and what
// was answered with success is there for ever.
//
// For one thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/remote/drivers/memory/memory_remote.hpp"
#include "core/remote/remote_registry.hpp"
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
  FaultyRemotes(SimulatedLoop& loop, const base::Clock& clock, SeededRandom& random)
      : loop_(loop), clock_(clock), random_(random) {}

  struct Machine {
    std::shared_ptr<remote::MemoryObjects> objects = std::make_shared<remote::MemoryObjects>();
    std::map<std::string, base::SteadyNanos> put_at;
    RemoteWeather weather;
    std::uint64_t calls = 0, troubles = 0;
  };
  Machine& machine(const std::string& url) { return machines_[url]; }

  void clear_up() {
    for (auto& [url, machine] : machines_) machine.weather = {};
  }

  // For the agent: with the wrappers of the house, whose pauses pass in simulated time.
  remote::RemoteOpener opener();

 private:
  SimulatedLoop& loop_;
  const base::Clock& clock_;
  SeededRandom& random_;
  std::map<std::string, Machine> machines_;
};

}  // namespace vcs::test
