// SPDX-License-Identifier: Apache-2.0
// Tests of core/base/names.
#include "core/base/names.hpp"

#include <catch2/catch.hpp>

namespace {

enum class Fruit { apple, pear, quince };
constexpr auto names_of(Fruit) {
  using enum Fruit;
  return vcs::base::names<Fruit>({{apple, "apple"}, {pear, "pear"}, {quince, "pear"}});
}
enum class Nameless { one };

}  // namespace

using vcs::base::find_named;
using vcs::base::name_of;

TEST_CASE("names: a value has its name, and a number that is no value has none") {
  CHECK(name_of(Fruit::apple) == "apple");
  CHECK(name_of(Fruit::quince) == "pear");
  CHECK(name_of(static_cast<Fruit>(7)).empty());
}

TEST_CASE("names: a name is that of the first value called so, and others are none") {
  CHECK(find_named<Fruit>("apple") == Fruit::apple);
  CHECK(find_named<Fruit>("pear") == Fruit::pear);
  CHECK_FALSE(find_named<Fruit>("Apple"));
  CHECK_FALSE(find_named<Fruit>(""));
}

TEST_CASE("names: only an enum with a table has them") {
  STATIC_REQUIRE(vcs::base::Named<Fruit>);
  STATIC_REQUIRE_FALSE(vcs::base::Named<Nameless>);
  STATIC_REQUIRE_FALSE(vcs::base::Named<int>);
}
