// SPDX-License-Identifier: Apache-2.0
// XXH3-64 by its published value, and what it must notice.
#include "core/object/checksum.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/core/object/random_bytes.hpp"

namespace vcs::object {

TEST_CASE("checksum: it is XXH3-64, whose values are fixed") {
  REQUIRE(checksum64({}) == 0x2D06800538D394C2);
  REQUIRE(checksum64({}, 1) != checksum64({}));
}

TEST_CASE("checksum: each flipped bit and each cut is noticed") {
  std::mt19937_64 random(21);
  base::Bytes bytes = test::random_bytes(random, 300);
  const std::uint64_t whole = checksum64(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    REQUIRE(checksum64(bytes) != whole);
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE(checksum64(base::ByteView(bytes).first(size)) != whole);
  }
}

}  // namespace vcs::object
