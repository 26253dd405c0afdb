// SPDX-License-Identifier: Apache-2.0
// The filter of ids: it passes every id of the set, and few others.
#include "core/pack/id_filter.hpp"

#include <catch2/catch.hpp>

#include "tests/support/seeded_random.hpp"

namespace vcs::pack {
namespace {

std::vector<object::ObjectId> random_ids(test::SeededRandom& random, std::size_t count) {
  std::vector<object::ObjectId> ids(count);
  for (object::ObjectId& id : ids) random.fill(id.bytes);
  return ids;
}

}  // namespace

TEST_CASE("id filter: every id of the set may be in it, and hardly any other") {
  test::SeededRandom random(test::test_seed());
  for (const std::size_t count : {0u, 1u, 2u, 100u, 20'000u}) {
    const auto ids = random_ids(random, count);
    IdFilter filter(count);
    for (const object::ObjectId& id : ids) filter.insert(id);
    for (const object::ObjectId& id : ids) REQUIRE(filter.may_contain(id));
    std::size_t let_through = 0;
    for (const object::ObjectId& id : random_ids(random, 20'000))
      let_through += filter.may_contain(id) ? 1 : 0;
    INFO(count << " ids, " << let_through << " others let through");
    REQUIRE(let_through < 20);
  }
}

TEST_CASE("id filter: the least and the greatest id have their places") {
  object::ObjectId greatest;
  greatest.bytes.fill(0xff);
  IdFilter filter(2);
  REQUIRE_FALSE(filter.may_contain(greatest));
  filter.insert(greatest);
  REQUIRE(filter.may_contain(greatest));
  REQUIRE_FALSE(filter.may_contain(object::ObjectId{}));
  filter.insert(object::ObjectId{});
  REQUIRE(filter.may_contain(object::ObjectId{}));
}

}  // namespace vcs::pack
