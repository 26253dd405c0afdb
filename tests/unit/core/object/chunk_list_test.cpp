// SPDX-License-Identifier: Apache-2.0
// Chunk lists: the codec, and that they are split by content.
#include "core/object/chunk_list.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "core/object/hasher.hpp"
#include "tests/unit/core/object/random_bytes.hpp"

namespace vcs::object {
namespace {

using Objects = std::map<ObjectId, base::Bytes>;

std::vector<ChunkListEntry> random_chunks(std::mt19937_64& random, std::size_t count) {
  std::vector<ChunkListEntry> chunks;
  for (std::size_t i = 0; i < count; ++i) {
    chunks.push_back({test::random_id(random), 1 + random() % 500'000});
  }
  return chunks;
}

ObjectId build(const std::vector<ChunkListEntry>& chunks, Objects& objects) {
  const auto root = build_chunk_list(chunks, [&](const ObjectId& id, base::Bytes bytes) {
    REQUIRE(hash_bytes(bytes) == id);
    const auto node = decode_chunk_list_node(bytes);
    REQUIRE(node);
    // Children come before their parents.
    if (node->level > 0) {
      for (const ChunkListEntry& entry : node->entries) REQUIRE(objects.contains(entry.id));
    }
    objects.emplace(id, std::move(bytes));
    return base::Result<void>();
  });
  REQUIRE(root);
  return *root;
}

// Appends the leaves below `id` to `chunks`; checks each node against the entry in its parent.
void flatten(const Objects& objects, const ObjectId& id, std::vector<ChunkListEntry>& chunks) {
  const auto node = decode_chunk_list_node(objects.at(id));
  REQUIRE(node);
  if (node->level == 0) {
    chunks.insert(chunks.end(), node->entries.begin(), node->entries.end());
    return;
  }
  for (const ChunkListEntry& entry : node->entries) {
    const auto child = decode_chunk_list_node(objects.at(entry.id));
    REQUIRE(child);
    REQUIRE(child->level + 1 == node->level);
    REQUIRE(child->total_bytes() == entry.bytes);
    flatten(objects, entry.id, chunks);
  }
}

}  // namespace

TEST_CASE("chunk list: decoding gives back what was encoded") {
  std::mt19937_64 random(51);
  for (const std::size_t count : {1, 2, 127, 1024}) {
    ChunkListNode node;
    node.level = static_cast<std::uint8_t>(random() % 4);
    node.entries = random_chunks(random, count);
    const auto back = decode_chunk_list_node(encode_chunk_list_node(node));
    REQUIRE(back);
    REQUIRE(*back == node);
  }
}

TEST_CASE("chunk list: any number of chunks comes back in order") {
  std::mt19937_64 random(52);
  for (const std::size_t count : {1, 2, 3, 100, 1024, 1025, 20'000}) {
    const auto chunks = random_chunks(random, count);
    Objects objects;
    const ObjectId root = build(chunks, objects);
    std::vector<ChunkListEntry> back;
    flatten(objects, root, back);
    REQUIRE(back == chunks);
    Objects again;
    REQUIRE(build(chunks, again) == root);
    REQUIRE(again == objects);
  }
}

TEST_CASE(
    "chunk list: ids that always or never end a node still make a finite "
    "list") {
  for (const std::uint8_t fill : {0x00, 0xff}) {
    std::vector<ChunkListEntry> chunks;
    for (std::uint64_t i = 0; i < 5000; ++i) {
      ObjectId id;
      id.bytes.fill(fill);
      chunks.push_back({id, 1 + i});
    }
    Objects objects;
    const ObjectId root = build(chunks, objects);
    std::vector<ChunkListEntry> back;
    flatten(objects, root, back);
    REQUIRE(back == chunks);
  }
}

TEST_CASE(
    "chunk list: one changed chunk of 80,000 rewrites at most two nodes "
    "a level") {
  const std::uint64_t test_seed = 53;
  std::mt19937_64 random(test_seed);
  auto chunks = random_chunks(random, 80'000);
  Objects before;
  build(chunks, before);
  for (int round = 0; round < 5; ++round) {
    auto changed = chunks;
    changed[random() % changed.size()] = {test::random_id(random), 77};
    std::map<int, int> fresh;
    const auto root = build_chunk_list(changed, [&](const ObjectId& id, const base::Bytes& bytes) {
      if (!before.contains(id)) ++fresh[decode_chunk_list_node(bytes)->level];
      return base::Result<void>();
    });
    REQUIRE(root);
    REQUIRE(fresh.size() >= 2);
    for (const auto& [level, nodes] : fresh) {
      INFO("seed " << test_seed << ", round " << round << ", level " << level);
      REQUIRE(nodes <= 2);
    }
  }
}

TEST_CASE("chunk list: a failing receiver ends the building with its error") {
  std::mt19937_64 random(54);
  const auto chunks = random_chunks(random, 3000);
  Objects objects;
  build(chunks, objects);
  for (std::size_t failing = 0; failing < objects.size(); ++failing) {
    std::size_t calls = 0;
    const auto root =
        build_chunk_list(chunks, [&](const ObjectId&, base::Bytes) -> base::Result<void> {
          if (calls++ == failing) return base::fail(base::ErrorCode::no_space, "full");
          return {};
        });
    REQUIRE_FALSE(root);
    REQUIRE(root.error().code == base::ErrorCode::no_space);
    REQUIRE(calls == failing + 1);
  }
}

TEST_CASE(
    "chunk list: every cut and every flipped byte is refused or read as "
    "another node") {
  std::mt19937_64 random(55);
  const ChunkListNode node{1, random_chunks(random, 5)};
  const base::Bytes bytes = encode_chunk_list_node(node);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto result = decode_chunk_list_node(base::ByteView(bytes).first(size));
    REQUIRE_FALSE(result);
    REQUIRE(result.error().code == base::ErrorCode::corrupt);
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    base::Bytes damaged = bytes;
    damaged[i] ^= 0x55;
    const auto result = decode_chunk_list_node(damaged);
    if (result) REQUIRE(encode_chunk_list_node(*result) == damaged);
  }
}

TEST_CASE("chunk list: hostile nodes are refused") {
  const auto node = [](std::string_view magic, std::initializer_list<std::uint8_t> rest,
                       std::initializer_list<std::uint64_t> lengths) {
    base::Bytes bytes;
    base::ByteWriter writer(bytes);
    writer.text(magic);
    for (const std::uint8_t byte : rest) writer.u8(byte);
    for (const std::uint64_t length : lengths) {
      writer.bytes(ObjectId{}.view());
      writer.varint(length);
    }
    return decode_chunk_list_node(bytes);
  };
  REQUIRE(node("VCL", {1, 0, 2}, {5, 6}));
  REQUIRE_FALSE(node("VCX", {1, 0, 2}, {5, 6}));      // magic
  REQUIRE_FALSE(node("VCL", {1, 64, 2}, {5, 6}));     // level
  REQUIRE_FALSE(node("VCL", {1, 0, 0}, {}));          // no entries
  REQUIRE_FALSE(node("VCL", {1, 0, 2}, {5}));         // fewer than counted
  REQUIRE_FALSE(node("VCL", {1, 0, 1}, {5, 6}));      // more than counted
  REQUIRE_FALSE(node("VCL", {1, 0, 2}, {5, 0}));      // a chunk of no bytes
  REQUIRE_FALSE(node("VCL", {1, 0, 2}, {~0ull, 1}));  // the sum overflows
  REQUIRE_FALSE(node("VCL", {1, 0, 0x80, 0x08, 0xff}, {}));
  REQUIRE_FALSE(node("VCL", {2, 0, 2}, {5, 6}));  // no counts
  const auto newer = node("VCL", {9, 0, 2}, {5, 6});
  REQUIRE(newer.error().message.find("version 9") != std::string::npos);
}

// Writes out each repetition as single entries.
std::vector<ChunkListEntry> unrolled(const std::vector<ChunkListEntry>& entries) {
  std::vector<ChunkListEntry> chunks;
  for (const ChunkListEntry& entry : entries)
    chunks.insert(chunks.end(), static_cast<std::size_t>(entry.count),
                  {entry.id, entry.chunk_bytes(), 1});
  return chunks;
}

TEST_CASE("chunk list: repeated chunks are counted, however they come") {
  std::mt19937_64 random(56);
  for (int round = 0; round < 20; ++round) {
    std::vector<ChunkListEntry> counted = random_chunks(random, 1 + random() % 400);
    for (ChunkListEntry& entry : counted)
      if (random() % 4 == 0) entry.count = 1 + random() % 40, entry.bytes *= entry.count;
    const std::vector<ChunkListEntry> single = unrolled(counted);
    Objects objects, again;
    const ObjectId root = build(single, objects);
    REQUIRE(build(counted, again) == root);
    REQUIRE(again == objects);
    std::vector<ChunkListEntry> back;
    flatten(objects, root, back);
    REQUIRE(unrolled(back) == single);
    for (const ChunkListEntry& entry : back) REQUIRE((entry.count == 1 || entry.count >= 16));
  }
}

TEST_CASE("chunk list: a petabyte of one chunk is one entry of one node") {
  ObjectId zeros;
  zeros.bytes.fill(7);
  constexpr std::uint64_t kChunk = 512 * 1024, kCount = std::uint64_t{1} << 31;
  Objects objects;
  const ObjectId root = build({{zeros, kChunk * kCount, kCount}}, objects);
  REQUIRE(objects.size() == 1);
  const auto node = decode_chunk_list_node(objects.at(root));
  REQUIRE(node);
  REQUIRE(node->entries == std::vector<ChunkListEntry>{{zeros, kChunk * kCount, kCount}});
}

TEST_CASE("chunk list: one chunk is a blob, two are a list") {
  std::mt19937_64 random(57);
  const auto chunk = random_chunks(random, 1)[0];
  const auto none = [](const ObjectId&, const base::Bytes&) { return base::Result<void>(); };
  ChunkListBuilder single(none);
  REQUIRE(single.empty());
  REQUIRE(single.add(chunk));
  REQUIRE(single.finish() == ContentRef{ContentKind::blob, chunk.id});
  ChunkListBuilder twice(none);
  REQUIRE(twice.add(chunk));
  REQUIRE(twice.add(chunk));
  REQUIRE(twice.finish()->kind == ContentKind::chunks);
}

TEST_CASE("chunk list: counts that fit nothing are refused") {
  const auto leaf = [](std::uint8_t level, std::uint64_t bytes, std::uint64_t count) {
    base::Bytes out;
    base::ByteWriter writer(out);
    writer.text("VCL");
    for (const std::uint8_t byte : {std::uint8_t{2}, level, std::uint8_t{1}}) writer.u8(byte);
    writer.bytes(ObjectId{}.view());
    writer.varint(bytes);
    writer.varint(count);
    return decode_chunk_list_node(out).has_value();
  };
  REQUIRE(leaf(0, 40, 20));
  REQUIRE_FALSE(leaf(0, 41, 20));
  REQUIRE_FALSE(leaf(0, 40, 0));
  REQUIRE_FALSE(leaf(0, 40, 1));   // is of version 1
  REQUIRE_FALSE(leaf(1, 40, 20));  // only chunks are counted
}

}  // namespace vcs::object
