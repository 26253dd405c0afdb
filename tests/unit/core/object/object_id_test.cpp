// SPDX-License-Identifier: Apache-2.0
// Object ids as text.
#include "core/object/object_id.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/core/object/random_bytes.hpp"

namespace vcs::object {

TEST_CASE("object id: hexadecimal text leads back to the same id") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100; ++i) {
    const ObjectId id = test::random_id(random);
    const auto back = ObjectId::from_hex(id.hex());
    REQUIRE(back);
    REQUIRE(*back == id);
    REQUIRE(id.hex().substr(0, 12) == id.short_hex());
  }
}

TEST_CASE("object id: text that is no id is refused") {
  const std::string good(64, 'a');
  REQUIRE(ObjectId::from_hex(good));
  REQUIRE_FALSE(ObjectId::from_hex(""));
  REQUIRE_FALSE(ObjectId::from_hex(good.substr(1)));
  REQUIRE_FALSE(ObjectId::from_hex(good + "a"));
  REQUIRE_FALSE(ObjectId::from_hex(good + "aa"));
  REQUIRE_FALSE(ObjectId::from_hex(good.substr(1) + "g"));
  REQUIRE(ObjectId::from_hex(std::string(1000, 'x')).error().code == base::ErrorCode::invalid);
}

TEST_CASE("object id: ids are ordered as their text is") {
  std::mt19937_64 random(8);
  for (int i = 0; i < 100; ++i) {
    const ObjectId a = test::random_id(random), b = test::random_id(random);
    REQUIRE((a < b) == (a.hex() < b.hex()));
  }
}

TEST_CASE("object id: only the id of zeros is zero") {
  ObjectId id;
  REQUIRE(id.is_zero());
  id.bytes[31] = 1;
  REQUIRE_FALSE(id.is_zero());
}

}  // namespace vcs::object
