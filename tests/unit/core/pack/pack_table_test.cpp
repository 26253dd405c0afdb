// SPDX-License-Identifier: Apache-2.0
// The in-memory table of a pack against a simple list.
#include "core/pack/pack_table.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/seeded_random.hpp"
#include "tests/unit/core/pack/pack_fixture.hpp"

namespace vcs::pack {
namespace {

IndexRecord record_of(std::uint32_t n, std::uint32_t offset) {
  return IndexRecord::make(id_of(std::to_string(n)), offset, n, n % 100, object::ObjectKind::blob);
}

TEST_CASE("pack table: the first record of an id stays") {
  PackTable table;
  table.insert(record_of(1, 10));
  table.insert(record_of(1, 20));
  REQUIRE(table.size() == 1);
  REQUIRE(table.find(id_of("1"))->frame_offset == 10);
  REQUIRE(table.find(id_of("2")) == nullptr);
}

TEST_CASE("pack table: inserting and forgetting agrees with a map") {
  const std::uint64_t seed = test::test_seed();
  test::SeededRandom random(seed);
  PackTable table;
  std::vector<std::uint32_t> order;
  for (std::uint32_t step = 0; step < 20'000; ++step) {
    if (random.one_in(500)) {
      const std::size_t keep = random.below(order.size() + 1);
      table.shrink_to(keep);
      order.resize(keep);
    }
    const auto n = static_cast<std::uint32_t>(random.below(3000));
    const bool known = table.find(id_of(std::to_string(n))) != nullptr;
    REQUIRE(known == (std::find(order.begin(), order.end(), n) != order.end()));
    table.insert(record_of(n, step));
    if (!known) order.push_back(n);
    REQUIRE(table.size() == order.size());
  }
  std::uint64_t raw_bytes = 0;
  for (const std::uint32_t n : order) {
    REQUIRE(table.find(id_of(std::to_string(n)))->object_offset == n);
    raw_bytes += n % 100;
  }
  REQUIRE(table.raw_bytes() == raw_bytes);
}

}  // namespace
}  // namespace vcs::pack
