// SPDX-License-Identifier: Apache-2.0
// SplitMix64 (Steele, Lea, Flood 2014), and the seed of a run.
#include "tests/support/seeded_random.hpp"

#include <cstdio>
#include <cstdlib>
#include <random>

namespace vcs::test {

void SeededRandom::fill(std::span<std::uint8_t> out) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < out.size(); i += 8) {
    std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    for (std::size_t j = i; j < out.size() && j < i + 8; ++j, mixed >>= 8)
      out[j] = static_cast<std::uint8_t>(mixed);
  }
}

namespace {

std::uint64_t choose_seed() {
  const char* given = std::getenv("VCS_TEST_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::uint64_t{std::random_device{}()};
  std::fprintf(stderr, "random tests: repeat this run with VCS_TEST_SEED=%llu\n",
               static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace

std::uint64_t test_seed() {
  static const std::uint64_t seed = choose_seed();
  return seed;
}

}  // namespace vcs::test
