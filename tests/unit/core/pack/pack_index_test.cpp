// SPDX-License-Identifier: Apache-2.0
// Index files: lookups against what was put in, and damage.
#include "core/pack/pack_index.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/unit/core/pack/pack_fixture.hpp"

namespace vcs::pack {
namespace {

PackContents contents_of(std::uint32_t count) {
  PackContents contents;
  for (std::uint32_t n = 0; n < count; ++n)
    contents.table.insert(IndexRecord::make(id_of(std::to_string(n)), n * 7, n, n * 3,
                                            object::ObjectKind::tree_node));
  contents.torn = {{100, 20}, {300, 4}};
  contents.commit_points = {id_of("c1"), id_of("c2")};
  return contents;
}

TEST_CASE("pack index: every object is found, and no other") {
  for (const std::uint32_t count : {0u, 1u, 2u, 300u, 5000u}) {
    const base::Bytes bytes = encode_pack_index(7, 1234567, contents_of(count));
    const PackIndex index = test::must(PackIndex::parse(bytes));
    REQUIRE(index.size() == count);
    REQUIRE(index.pack() == 7);
    REQUIRE(index.pack_length() == 1234567);
    REQUIRE(index.check().empty());
    REQUIRE(index.torn() == std::vector<TornRange>{{100, 20}, {300, 4}});
    REQUIRE(index.commit_points() == std::vector{id_of("c1"), id_of("c2")});
    for (std::uint32_t n = 0; n < count; ++n) {
      const auto record = index.find(id_of(std::to_string(n)));
      REQUIRE(record.has_value());
      REQUIRE(record->frame_offset == n * 7);
      REQUIRE(record->object_offset == n);
      REQUIRE(record->length() == n * 3);
      REQUIRE(record->kind() == object::ObjectKind::tree_node);
    }
    for (std::uint32_t n = count; n < count + 300; ++n)
      REQUIRE_FALSE(index.find(id_of(std::to_string(n))).has_value());
  }
}

// A search starts where the id would lie if all ids were spread evenly.
TEST_CASE("pack index: ids that are crowded together are found as well") {
  const auto crowded = [](std::uint32_t n) {
    object::ObjectId id{};
    id.bytes[0] = 0x40;
    id.bytes[1] = n % 7 == 0 ? 0xff : n % 3 == 0 ? 0x80 : 0x00;
    id.bytes[20] = static_cast<std::uint8_t>(n >> 8), id.bytes[21] = static_cast<std::uint8_t>(n);
    return id;
  };
  constexpr std::uint32_t kCount = 3000;
  PackContents contents;
  for (std::uint32_t n = 0; n < kCount; n += 2)
    contents.table.insert(IndexRecord::make(crowded(n), n, 0, 1, object::ObjectKind::blob));
  const base::Bytes bytes = encode_pack_index(1, 1, contents);
  const PackIndex index = test::must(PackIndex::parse(bytes));
  for (std::uint32_t n = 0; n < kCount; ++n) {
    const auto record = index.find(crowded(n));
    REQUIRE(record.has_value() == (n % 2 == 0));
    if (record) REQUIRE(record->frame_offset == n);
  }
}

TEST_CASE("pack index: a prefix finds exactly the ids that start with it") {
  const PackContents contents = contents_of(3000);
  const base::Bytes bytes = encode_pack_index(1, 1, contents);
  const PackIndex index = test::must(PackIndex::parse(bytes));
  const std::string some = id_of("17").hex();
  for (const std::string& hex :
       {std::string(), some.substr(0, 1), some.substr(0, 2), some.substr(0, 3), some.substr(0, 9),
        some, std::string("f"), std::string("0"), std::string("ff")}) {
    std::size_t expected = 0;
    for (const IndexRecord& record : contents.table.records())
      expected += record.id.hex().starts_with(hex);
    std::vector<IndexRecord> found;
    index.find_prefix(IdPrefix::parse(hex).value(), found);
    CAPTURE(hex);
    REQUIRE(found.size() == expected);
    for (const IndexRecord& record : found) REQUIRE(record.id.hex().starts_with(hex));
  }
  REQUIRE_FALSE(IdPrefix::parse("xyz").has_value());
  REQUIRE_FALSE(IdPrefix::parse(some + "0").has_value());
  REQUIRE(IdPrefix::parse("AB")->matches(
      test::must(object::ObjectId::from_hex("ab" + std::string(62, '0')))));
}

TEST_CASE("pack index: every flipped byte and every cut is noticed") {
  const base::Bytes bytes = encode_pack_index(7, 1000, contents_of(5));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    base::Bytes damaged = bytes;
    damaged[i] ^= 0x01;
    const auto index = PackIndex::parse(damaged);
    REQUIRE_FALSE((index && index->check().empty()));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    REQUIRE_FALSE(PackIndex::parse(base::ByteView(bytes).first(size)));
}

}  // namespace
}  // namespace vcs::pack
