// SPDX-License-Identifier: Apache-2.0
// Random numbers that the same seed repeats. Thread-safe.
#pragma once

#include <mutex>

#include "core/base/random.hpp"

namespace vcs::test {

class SeededRandom final : public base::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::uint8_t> out) override;
  // 0 <= result < bound; `bound` is not 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  // True in one of `n` calls.
  bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
  std::mutex mutex_;
  std::uint64_t state_;
};

// The seed of this run: VCS_TEST_SEED from the environment, else a new one. Printed once, so that a
// failed run can be repeated.
std::uint64_t test_seed();

}  // namespace vcs::test
