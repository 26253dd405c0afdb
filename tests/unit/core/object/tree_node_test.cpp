// SPDX-License-Identifier: Apache-2.0
// Tree nodes: round trips of random nodes, one encoding a value, hostile bytes.
#include "core/object/tree_node.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <set>

#include "tests/unit/core/object/random_bytes.hpp"

namespace vcs::object {
namespace {

using Random = std::mt19937_64;

std::string random_name(Random& random) {
  std::string name;
  for (std::uint64_t length = 1 + random() % 8; name.size() < length;) {
    name += "abc.-_\xc3\xa9 "[random() % 9];
  }
  return name == "." || name == ".." ? "dots" : name;
}

std::set<std::string, PathLess> random_paths(Random& random, std::size_t count) {
  std::set<std::string, PathLess> paths;
  while (paths.size() < count) {
    std::string path = random_name(random);
    while (random() % 3 != 0) path += "/" + random_name(random);
    paths.insert(path);
  }
  return paths;
}

TreeEntry random_entry(Random& random) {
  TreeEntry entry;
  entry.type = static_cast<EntryType>(1 + random() % 3);
  entry.mode = random() % 010000;
  entry.uid = static_cast<std::uint32_t>(random() >> random() % 64);
  entry.gid = static_cast<std::uint32_t>(random() >> random() % 64);
  // Times of every magnitude, so that differences overflow.
  entry.mtime = base::unix_nanos(static_cast<std::int64_t>(random()) >> random() % 64);
  entry.unstable = random() % 8 == 0;
  if (entry.type == EntryType::file) {
    entry.size = random() >> random() % 64;
    entry.content = {random() % 2 == 0 ? ContentKind::blob : ContentKind::chunks,
                     test::random_id(random)};
  } else if (entry.type == EntryType::symlink) {
    entry.symlink_target = "../" + random_name(random);
  }
  if (random() % 4 == 0) {
    for (std::uint64_t i = 0; i <= random() % 3; ++i) {
      entry.attributes.push_back({"user." + std::to_string(i), test::random_bytes(random, i * 7)});
    }
  }
  return entry;
}

TreeNode random_leaf(Random& random, std::size_t count) {
  TreeNode node;
  for (const std::string& path : random_paths(random, count)) {
    node.leaves.push_back({path, random_entry(random)});
  }
  return node;
}

TreeNode random_inner(Random& random, std::size_t count) {
  TreeNode node;
  node.level = static_cast<std::uint8_t>(1 + random() % 12);
  for (const std::string& path : random_paths(random, count)) {
    const std::uint64_t entries = 1 + random() % 100'000;
    node.inner.push_back(
        {path, test::random_id(random), random() % (entries + 1), entries, random() >> 20});
  }
  return node;
}

base::Result<TreeNode> decode_items(std::uint8_t level, std::uint64_t count,
                                    const base::Bytes& items) {
  base::Bytes bytes;
  base::ByteWriter writer(bytes);
  writer.text("VTN");
  writer.u8(1);
  writer.u8(level);
  writer.varint(count);
  writer.bytes(items);
  return decode_tree_node(bytes);
}

// Appends an item with this path and the fields of a folder.
void put_folder(base::ByteWriter& writer, std::uint64_t shared, std::string_view rest) {
  writer.varint(shared);
  writer.sized_text(rest);
  for (const std::uint8_t byte : {2, 0, 0, 0, 0}) writer.u8(byte);
}

base::Result<TreeNode> decode_paths(
    std::initializer_list<std::pair<std::uint64_t, std::string_view>> paths) {
  base::Bytes items;
  base::ByteWriter writer(items);
  for (const auto& [shared, rest] : paths) put_folder(writer, shared, rest);
  return decode_items(0, paths.size(), items);
}

}  // namespace

TEST_CASE("tree node: decoding gives back what was encoded") {
  const std::uint64_t test_seed = GENERATE(1, 2, 3);
  INFO("seed " << test_seed);
  Random random(test_seed);
  for (int round = 0; round < 100; ++round) {
    for (const TreeNode& node :
         {random_leaf(random, 1 + random() % 80), random_inner(random, 1 + random() % 80)}) {
      const auto back = decode_tree_node(encode_tree_node(node));
      REQUIRE(back);
      REQUIRE(*back == node);
    }
  }
}

TEST_CASE("tree node: times at both ends of the scale survive beside each other") {
  TreeNode node;
  int name = 10;
  for (const base::UnixNanos time :
       {base::UnixNanos::min(), base::UnixNanos::max(), base::unix_nanos(0), base::UnixNanos::min(),
        base::unix_nanos(-1)}) {
    TreeEntry entry;
    entry.type = EntryType::directory;
    entry.mtime = time;
    node.leaves.push_back({std::to_string(name++), entry});
  }
  REQUIRE(decode_tree_node(encode_tree_node(node)) == node);
}

TEST_CASE(
    "tree node: every cut is refused, every flipped byte is refused or "
    "another node") {
  Random random(81);
  for (const TreeNode& node : {random_leaf(random, 12), random_inner(random, 12)}) {
    const base::Bytes bytes = encode_tree_node(node);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto result = decode_tree_node(base::ByteView(bytes).first(size));
      REQUIRE_FALSE(result);
      REQUIRE(result.error().code == base::ErrorCode::corrupt);
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (const std::uint8_t flip : {0x01, 0x80, 0xff}) {
        base::Bytes damaged = bytes;
        damaged[i] ^= flip;
        const auto result = decode_tree_node(damaged);
        if (result) REQUIRE(encode_tree_node(*result) == damaged);
      }
    }
    base::Bytes longer = bytes;
    longer.push_back(0);
    REQUIRE_FALSE(decode_tree_node(longer));
  }
}

TEST_CASE("tree node: paths must be valid, strictly sorted and tightly packed") {
  REQUIRE(decode_paths({{0, "a"}, {1, "/b"}, {2, "c"}, {1, "!"}}));
  REQUIRE_FALSE(decode_paths({}));
  REQUIRE_FALSE(decode_paths({{0, "b"}, {0, "a"}}));    // unsorted
  REQUIRE_FALSE(decode_paths({{0, "a!"}, {1, "/b"}}));  // unsorted: the slash is first
  REQUIRE_FALSE(decode_paths({{0, "a"}, {1, ""}}));     // twice the same
  REQUIRE_FALSE(decode_paths({{0, "a"}, {0, "ab"}}));   // shares more than it says
  REQUIRE_FALSE(decode_paths({{0, "ab"}, {1, ""}}));    // a prefix comes first
  REQUIRE_FALSE(decode_paths({{1, "a"}}));              // shares with nothing
  REQUIRE_FALSE(decode_paths({{0, "a"}, {~0ull, "b"}}));
  REQUIRE_FALSE(decode_paths({{0, "a"}, {1, "/"}}));
  REQUIRE_FALSE(decode_paths({{0, "../etc"}}));
  REQUIRE_FALSE(decode_paths({{0, "/etc"}}));
  REQUIRE_FALSE(decode_paths({{0, "a/./b"}}));
  REQUIRE_FALSE(decode_paths({{0, std::string_view("a\0b", 3)}}));
}

TEST_CASE("tree node: few bytes cannot unpack to endless paths") {
  std::string longest(1 << 20, 'x');
  base::Bytes items;
  base::ByteWriter writer(items);
  put_folder(writer, 0, longest);
  std::uint64_t count = 1;
  for (; count < 300; ++count) {
    put_folder(writer, longest.size() + count - 1, "y");
  }
  const auto result = decode_items(0, count, items);
  REQUIRE_FALSE(result);
  REQUIRE(result.error().message.find("too many bytes") != std::string::npos);
}

TEST_CASE("tree node: impossible leaf entries are refused") {
  const auto entry = [](std::initializer_list<std::uint8_t> fields, std::size_t id_bytes = 0) {
    base::Bytes items = {0, 1, 'a'};
    items.insert(items.end(), fields);
    items.resize(items.size() + id_bytes);
    return decode_items(0, 1, items);
  };
  // head, mode, uid, gid, mtime, …
  REQUIRE(entry({2, 0, 0, 0, 0}));                   // a folder
  REQUIRE(entry({3, 0, 0, 0, 0, 1, 't'}));           // a link
  REQUIRE(entry({0x11, 0, 0, 0, 0, 0}, 32));         // a file
  REQUIRE(entry({0x0a, 0, 0, 0, 0, 1, 1, 'n', 0}));  // an attribute
  REQUIRE_FALSE(entry({0, 0, 0, 0, 0}));             // no type
  REQUIRE_FALSE(entry({0x42, 0, 0, 0, 0}));          // unknown bits
  REQUIRE_FALSE(entry({0x82, 0, 0, 0, 0}));
  REQUIRE_FALSE(entry({0x01, 0, 0, 0, 0, 0}, 32));                    // a file without content
  REQUIRE_FALSE(entry({0x31, 0, 0, 0, 0, 0}, 32));                    // unknown content
  REQUIRE_FALSE(entry({0x12, 0, 0, 0, 0}));                           // a folder with content
  REQUIRE_FALSE(entry({2, 0x80, 0x20, 0, 0, 0}));                     // mode 010000
  REQUIRE_FALSE(entry({2, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 0, 0}));   // uid 2^32
  REQUIRE_FALSE(entry({2, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 0}));   // gid 2^32
  REQUIRE_FALSE(entry({2, 0x80, 0, 0, 0, 0}));                        // a padded varint
  REQUIRE_FALSE(entry({3, 0, 0, 0, 0, 1, 0}));                        // NUL in a target
  REQUIRE_FALSE(entry({0x0a, 0, 0, 0, 0, 0}));                        // attributes, but none
  REQUIRE_FALSE(entry({0x0a, 0, 0, 0, 0, 1, 0, 0}));                  // without a name
  REQUIRE_FALSE(entry({0x0a, 0, 0, 0, 0, 2, 1, 'n', 0, 1, 'n', 0}));  // twice the same
  REQUIRE_FALSE(entry({0x0a, 0, 0, 0, 0, 2, 1, 'n', 0, 1, 'm', 0}));  // unsorted
}

TEST_CASE("tree node: impossible inner items are refused") {
  const auto inner = [](std::uint8_t id_byte,
                        std::initializer_list<std::array<std::uint64_t, 3>> totals) {
    base::Bytes items;
    base::ByteWriter writer(items);
    for (char name = 'a'; const auto& numbers : totals) {
      writer.varint(0);
      writer.sized_text(std::string(1, name++));
      ObjectId id;
      id.bytes.fill(id_byte);
      writer.bytes(id.view());
      for (const std::uint64_t number : numbers) writer.varint(number);
    }
    return decode_items(1, totals.size(), items);
  };
  REQUIRE(inner(1, {{1, 2, 3}, {0, 1, 0}}));
  REQUIRE_FALSE(inner(0, {{1, 2, 3}}));                 // the zero id
  REQUIRE_FALSE(inner(1, {{3, 2, 3}}));                 // more files than entries
  REQUIRE_FALSE(inner(1, {{0, 0, 0}}));                 // nothing below
  REQUIRE_FALSE(inner(1, {{0, ~0ull, 0}, {0, 1, 0}}));  // sums overflow
  REQUIRE(inner(1, {{0, 1, ~0ull}, {0, 1, 1}}));        // of long and empty files
}

TEST_CASE("tree node: unknown headers and absurd counts are refused") {
  const base::Bytes folder = {0, 1, 'a', 2, 0, 0, 0, 0};
  REQUIRE(decode_items(0, 1, folder));
  REQUIRE_FALSE(decode_items(13, 1, folder));
  REQUIRE_FALSE(decode_items(0, 0, {}));
  REQUIRE_FALSE(decode_items(0, ~0ull, folder));
  REQUIRE_FALSE(decode_items(0, 2, folder));
  base::Bytes newer = encode_tree_node(*decode_items(0, 1, folder));
  newer[3] = 2;
  REQUIRE(decode_tree_node(newer).error().message.find("version 2") != std::string::npos);
  newer[3] = 1;
  newer[0] = 'X';
  REQUIRE_FALSE(decode_tree_node(newer));
}

TEST_CASE("tree node: a changed mtime alone is no change to a person") {
  Random random(82);
  const TreeEntry entry = random_entry(random);
  TreeEntry other = entry;
  other.mtime += base::Nanos(5);
  REQUIRE(entry.same_but_for_mtime(other));
  other.mode ^= 0111;
  REQUIRE_FALSE(entry.same_but_for_mtime(other));
  other = entry;
  other.attributes.push_back({"user.x", {}});
  REQUIRE_FALSE(entry.same_but_for_mtime(other));
  other = entry;
  other.content.id.bytes[5] ^= 1;
  REQUIRE_FALSE(entry.same_but_for_mtime(other));
  other = entry;
  other.uid += 1;
  REQUIRE_FALSE(entry.same_but_for_mtime(other));
}

}  // namespace vcs::object
