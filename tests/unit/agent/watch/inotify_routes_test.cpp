// SPDX-License-Identifier: Apache-2.0
// Tests of agent/watch/inotify_routes.
#include "agent/watch/inotify_routes.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/support/seeded_random.hpp"

using namespace vcs;
using agent::watch::InotifyClient;
using agent::watch::InotifyRoutes;

TEST_CASE("inotify routes: members, masks and counts are those of a simple model") {
  struct Membership {
    std::uint32_t mask = 0;
    bool counted = false;
  };
  const std::uint64_t seed = test::test_seed();
  CAPTURE(seed);
  test::SeededRandom random(seed);
  char people[4];
  const auto client = [&](std::uint64_t number) {
    return reinterpret_cast<InotifyClient*>(&people[number]);
  };
  std::map<int, std::map<InotifyClient*, Membership>> model;
  InotifyRoutes routes;
  for (int step = 0; step < 20'000; ++step) {
    const int descriptor = static_cast<int>(random.below(8));
    InotifyClient* who = client(random.below(4));
    auto& members = model[descriptor];
    const bool was_counted = members.contains(who) && members[who].counted;
    switch (random.below(8)) {
      case 0:
        routes.erase(descriptor);
        members.clear();
        break;
      case 1:
      case 2:
      case 3: {
        const auto left = routes.leave(descriptor, *who);
        CHECK(left.was_member == (members.erase(who) == 1));
        CHECK(left.counted == was_counted);
        CHECK(left.last == (left.was_member && members.empty()));
        break;
      }
      default: {
        const auto mask = static_cast<std::uint32_t>(1u << random.below(6));
        const bool counted = random.one_in(2);
        CHECK(routes.join(descriptor, {who, mask, counted}) == (counted && !was_counted));
        members[who].mask |= mask;
        members[who].counted |= counted;
      }
    }
    std::map<InotifyClient*, std::uint32_t> found, expected;
    routes.visit(descriptor, [&](const auto& member) { found[member.client] = member.mask; });
    for (const auto& [each, membership] : members) expected[each] = membership.mask;
    REQUIRE(found == expected);
    CHECK(routes.contains(descriptor) == !members.empty());
    std::uint64_t counted = 0;
    for (const auto& [number, all] : model) {
      bool any = false;
      for (const auto& [each, membership] : all) any |= membership.counted;
      counted += any;
    }
    REQUIRE(routes.counted() == counted);
  }
}
