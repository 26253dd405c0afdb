// SPDX-License-Identifier: Apache-2.0
// Tests of randomness.
#include "core/base/random.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "tests/support/seeded_random.hpp"

using namespace vcs;

TEST_CASE("random: the system fills every byte, also of large spans") {
  base::SystemRandom random;
  std::array<std::uint8_t, 4096> sum{};
  for (int round = 0; round < 8; ++round) {
    std::array<std::uint8_t, 4096> bytes{};
    random.fill(bytes);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] |= bytes[i];
  }
  // The chance that one byte is zero eight times: 4096 / 256^8.
  CHECK(std::count(sum.begin(), sum.end(), 0) == 0);
  CHECK(random.next() != random.next());
  random.fill({});
}

TEST_CASE("random: hexadecimal names have two characters a byte") {
  base::SystemRandom random;
  CHECK(random.hex(0).empty());
  const std::string name = random.hex(16);
  CHECK(name.size() == 32);
  CHECK(name.find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("random: the same seed gives the same numbers") {
  test::SeededRandom one(7), same(7), other(8);
  CHECK(one.next() == 0x63cbe1e459320dd7);  // as published for SplitMix64
  CHECK(same.next() == 0x63cbe1e459320dd7);
  CHECK(one.hex(20) == same.hex(20));
  CHECK(one.next() != other.next());
}
