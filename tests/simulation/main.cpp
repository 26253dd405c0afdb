// SPDX-License-Identifier: Apache-2.0
// simulation: runs seeds until the time is over, a number is reached, or one fails.
//
//   simulation                      about 3 seconds of fresh seeds
//   simulation --seed N             that seed alone; --trace prints all that happens
//   simulation --seeds N            N seeds from the first on
//   simulation --replay             runs a few seeds twice and compares their traces
//   simulation --find-canary        succeeds when a seed fails: the canary was found
//
// VCS_TEST_SEED is the first seed (else a new one, printed), VCS_TEST_ROUNDS the number of seeds.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/simulation.hpp"
#include "tests/support/seeded_random.hpp"

namespace {

using vcs::test::simulate;
using vcs::test::SimulationReport;

constexpr std::chrono::seconds kBatch(3);
constexpr std::uint64_t kReplays = 5;
// About one seed in three finds the canary.
constexpr std::uint64_t kCanarySeeds = 300;

struct Wanted {
  std::optional<std::uint64_t> seed, seeds;
  bool trace = false, replay = false, find_canary = false;
};

std::uint64_t number(const char* text) {
  return std::strtoull(text, nullptr, 10);
}

std::optional<Wanted> parse(int count, char** arguments) {
  Wanted wanted;
  if (const char* rounds = std::getenv("VCS_TEST_ROUNDS")) wanted.seeds = number(rounds);
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    const bool takes_value = argument == "--seed" || argument == "--seeds";
    if (takes_value && i + 1 == count) return std::nullopt;
    if (argument == "--seed")
      wanted.seed = number(arguments[++i]);
    else if (argument == "--seeds")
      wanted.seeds = number(arguments[++i]);
    else if (argument == "--trace")
      wanted.trace = true;
    else if (argument == "--replay")
      wanted.replay = true;
    else if (argument == "--find-canary")
      wanted.find_canary = true;
    else
      return std::nullopt;
  }
  return wanted;
}

void print_failure(const SimulationReport& report) {
  fmt::print("{}\n\nseed {}, step {}: {}\nagain: simulation --seed {} --trace\n", report.trace,
             report.seed, report.steps, report.failure, report.seed);
}

int run_one(std::uint64_t seed, bool trace) {
  const SimulationReport report = simulate(seed, trace);
  if (!report.failure.empty()) return print_failure(report), 1;
  fmt::print("seed {}: {} steps, {} commits, trace {:016x}\n", seed, report.steps, report.commits,
             report.trace_hash);
  return 0;
}

int replay(std::uint64_t first) {
  for (std::uint64_t seed = first; seed < first + kReplays; ++seed) {
    const std::uint64_t once = simulate(seed).trace_hash;
    const std::uint64_t again = simulate(seed).trace_hash;
    fmt::print("seed {}: trace {:016x}, again {:016x}\n", seed, once, again);
    if (once != again) return 1;
  }
  return 0;
}

int find_canary(std::uint64_t first) {
  for (std::uint64_t seed = first; seed < first + kCanarySeeds; ++seed) {
    const SimulationReport report = simulate(seed);
    if (report.failure.empty()) continue;
    fmt::print("found by seed {} ({} seeds): {}\n", seed, seed - first + 1, report.failure);
    return 0;
  }
  fmt::print("{} seeds from {} on have not found the canary\n", kCanarySeeds, first);
  return 1;
}

int run_batch(std::uint64_t first, const std::optional<std::uint64_t>& seeds) {
  const auto end = std::chrono::steady_clock::now() + kBatch;
  SimulationReport sum;
  std::uint64_t done = 0;
  for (; seeds ? done < *seeds : std::chrono::steady_clock::now() < end; ++done) {
    const SimulationReport report = simulate(first + done);
    if (!report.failure.empty()) return print_failure(report), 1;
    sum.steps += report.steps, sum.versions += report.versions, sum.commits += report.commits;
    sum.deaths += report.deaths, sum.refusals += report.refusals;
    sum.remote_calls += report.remote_calls, sum.remote_troubles += report.remote_troubles;
  }
  fmt::print(
      "{} seeds from {} on run clean: {} steps, {} states of paths, {} commits, {} deaths, {} "
      "calls "
      "of the disk refused, {} of {} calls of remotes troubled\n",
      done, first, sum.steps, sum.versions, sum.commits, sum.deaths, sum.refusals,
      sum.remote_troubles, sum.remote_calls);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const auto wanted = parse(count, arguments);
  if (!wanted) {
    fmt::print(stderr, "simulation [--seed N | --seeds N | --replay | --find-canary] [--trace]\n");
    return 2;
  }
  if (wanted->seed) return run_one(*wanted->seed, wanted->trace);
  const std::uint64_t first = vcs::test::test_seed();
  if (wanted->replay) return replay(first);
  if (wanted->find_canary) return find_canary(first);
  return run_batch(first, wanted->seeds);
}
