// SPDX-License-Identifier: Apache-2.0
// Which packs are worth being merged.
#include "core/store/compaction_policy.hpp"

#include <catch2/catch.hpp>

namespace vcs::store {
namespace {

using Numbers = std::vector<std::uint32_t>;

constexpr std::uint64_t kMiB = 1u << 20;

PackFacts saves(std::uint32_t number) {
  return {number, 60 * kMiB, 120 * kMiB, 25'000, 0};
}
PackFacts merged(std::uint32_t number, std::uint64_t length = 10 * kMiB) {
  return {number, length, 120 * kMiB, 5'000, 9};
}

TEST_CASE("compaction policy: packs that were never compacted go first, as many as fit") {
  const CompactionPolicy policy;
  const std::vector<PackFacts> packs = {saves(1), merged(2), saves(3), saves(4)};
  REQUIRE(choose_packs(packs, policy) == Numbers{1, 3});
  REQUIRE(choose_packs(std::span(packs).last(1), policy) == Numbers{4});
  REQUIRE(choose_packs({}, policy).empty());
}

TEST_CASE("compaction policy: a pack that is too large for company goes alone") {
  CompactionPolicy policy;
  PackFacts large = saves(1);
  large.length = 2 * policy.most_bytes;
  REQUIRE(choose_packs(std::vector{large, saves(2)}, policy) == Numbers{1});
  PackFacts many = saves(1);
  many.objects = 2 * policy.most_objects;
  REQUIRE(choose_packs(std::vector{many, saves(2)}, policy) == Numbers{1});
}

TEST_CASE("compaction policy: what was compacted is left alone until the level rises") {
  CompactionPolicy policy;
  const std::vector<PackFacts> packs = {merged(1), merged(2)};
  REQUIRE(choose_packs(packs, policy).empty());
  policy.level = 12;
  REQUIRE(choose_packs(packs, policy) == Numbers{1, 2});
}

TEST_CASE("compaction policy: large content that zstd cannot make smaller is left alone") {
  const CompactionPolicy policy;
  PackFacts photographs = {1, 64 * kMiB, 64 * kMiB, 200, 0};
  REQUIRE_FALSE(is_stale(photographs, policy));
  photographs.length = 80 * kMiB;  // a fifth of it is unused
  REQUIRE(is_stale(photographs, policy));
  photographs.length = 64 * kMiB;
  photographs.objects = 60'000;  // small objects compress better together
  REQUIRE(is_stale(photographs, policy));
}

TEST_CASE("compaction policy: many small packs become one, few stay") {
  const CompactionPolicy policy;
  std::vector<PackFacts> packs;
  for (std::uint32_t n = 1; n < policy.least_small_packs; ++n) packs.push_back(merged(n));
  packs.push_back(merged(50, policy.small_pack));
  REQUIRE(choose_packs(packs, policy).empty());
  packs.push_back(merged(60));
  const Numbers chosen = choose_packs(packs, policy);
  REQUIRE(chosen == Numbers{1, 2, 3, 4, 5, 6, 7, 60});
}

}  // namespace
}  // namespace vcs::store
