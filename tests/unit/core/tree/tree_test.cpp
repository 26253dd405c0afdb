// SPDX-License-Identifier: Apache-2.0
// Tests of core/tree/tree.
#include <catch2/catch.hpp>

#include "core/object/tree_paths.hpp"
#include "tests/unit/core/tree/tree_fixture.hpp"

using namespace vcs;
using namespace vcs::test;
using base::ErrorCode;
using object::InnerItem;
using object::LeafItem;
using object::ObjectId;
using object::TreeNode;

namespace {

std::vector<std::string> walk(TreeFixture& fixture, const ObjectId& root, std::string_view folder,
                              bool recursive) {
  std::vector<std::string> paths;
  must(tree::walk_tree(fixture.nodes, root, folder, recursive,
                       [&](const std::string& path, const object::TreeEntry&) {
                         paths.push_back(path);
                         return true;
                       }));
  return paths;
}

TreeModel random_model(std::mt19937_64& random) {
  TreeModel model;
  for (const std::string& path : tall_pool(random, 200)) model.emplace(path, file_entry(2));
  return model;
}

}  // namespace

TEST_CASE("tree: every entry is found, and none that is not there") {
  std::mt19937_64 random(11);
  TreeFixture fixture;
  const TreeModel model = random_model(random);
  const ObjectId root = fixture.build(model);
  for (const auto& [path, entry] : model) {
    REQUIRE(must(tree::find_entry(fixture.nodes, root, path)) == entry);
    if (!model.contains(path + "x"))
      REQUIRE(!must(tree::find_entry(fixture.nodes, root, path + "x")));
  }
  REQUIRE(!must(tree::find_entry(fixture.nodes, root, "")));
  REQUIRE(!must(tree::find_entry(fixture.nodes, ObjectId{}, "a")));
}

TEST_CASE("tree: a cursor seeks to the first entry at or after a path") {
  std::mt19937_64 random(12);
  TreeFixture fixture;
  const TreeModel model = random_model(random);
  tree::TreeCursor cursor(fixture.nodes, fixture.build(model));
  REQUIRE(!cursor.valid());
  for (int i = 0; i < 500; ++i) {
    const std::string path = random_path(random);
    const auto expected = model.lower_bound(path);
    must(cursor.seek(path));
    REQUIRE(cursor.valid() == (expected != model.end()));
    if (cursor.valid()) REQUIRE(cursor.item().path == expected->first);

    auto past = expected;
    while (past != model.end() && object::is_at_or_below(past->first, path)) ++past;
    must(cursor.seek_past(path));
    REQUIRE(cursor.valid() == (past != model.end()));
    if (cursor.valid()) REQUIRE(cursor.item().path == past->first);
  }
  must(cursor.seek_past(""));
  REQUIRE(!cursor.valid());
}

TEST_CASE("tree: a folder is walked with all below it, or its children alone") {
  TreeFixture fixture;
  TreeModel model;
  for (const char* path : {"a", "a/b", "a/b/c", "a/b/d", "a/z", "a-", "a.txt", "ab", "b/only/deep"})
    model.emplace(path, file_entry(1));
  const ObjectId root = fixture.build(model);
  using Paths = std::vector<std::string>;
  CHECK(walk(fixture, root, "a", true) == Paths{"a", "a/b", "a/b/c", "a/b/d", "a/z"});
  CHECK(walk(fixture, root, "a", false) == Paths{"a/b", "a/z"});
  CHECK(walk(fixture, root, "", false) == Paths{"a", "a-", "a.txt", "ab"});
  CHECK(walk(fixture, root, "", true).size() == model.size());
  CHECK(walk(fixture, root, "a/b/c", true) == Paths{"a/b/c"});
  CHECK(walk(fixture, root, "a/b/c", false).empty());
  CHECK(walk(fixture, root, "nowhere", true).empty());
  CHECK(walk(fixture, ObjectId{}, "", true).empty());
}

TEST_CASE("tree: children of a folder are listed without reading what is deep below them") {
  TreeFixture fixture;
  TreeModel model;
  for (int folder = 0; folder < 3; ++folder) {
    object::TreeEntry entry;
    entry.type = object::EntryType::directory;
    model.emplace(fmt::format("d{}", folder), entry);
    for (int i = 0; i < 5000; ++i) model.emplace(fmt::format("d{}/f{}", folder, i), file_entry(1));
  }
  const ObjectId root = fixture.build(model);
  const std::uint64_t reads = fixture.store.reads();
  REQUIRE(walk(fixture, root, "", false) == std::vector<std::string>{"d0", "d1", "d2"});
  REQUIRE(fixture.store.reads() - reads < 30);
}

TEST_CASE("tree: totals come from the root alone") {
  TreeFixture fixture;
  TreeModel model;
  std::uint64_t bytes = 0;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    auto entry = file_entry(i);
    if (i % 10 == 0) {
      entry = object::TreeEntry{};
      entry.type = object::EntryType::directory;
    }
    bytes += entry.size;
    model.emplace("f" + std::to_string(i), entry);
  }
  const ObjectId root = fixture.build(model);
  const std::uint64_t reads = fixture.store.reads();
  const auto totals = must(tree::tree_totals(fixture.nodes, root));
  CHECK(totals.files == 2700);
  CHECK(totals.entries == 3000);
  CHECK(totals.bytes == bytes);
  CHECK(fixture.store.reads() - reads == 1);
  CHECK(must(tree::tree_totals(fixture.nodes, ObjectId{})).entries == 0);
}

TEST_CASE("tree: the visitor ends a walk") {
  TreeFixture fixture;
  const ObjectId root = fixture.build({{"a", file_entry(1)}, {"b", file_entry(1)}});
  int seen = 0;
  must(tree::walk_tree(fixture.nodes, root, "", true,
                       [&](const std::string&, const object::TreeEntry&) {
                         ++seen;
                         return false;
                       }));
  CHECK(seen == 1);
}

namespace {

// Trees whose nodes are whole but do not fit together.
struct BadTree {
  const char* what;
  ObjectId root;
};

std::vector<BadTree> bad_trees(TreeFixture& fixture) {
  const auto leaf = [&](std::vector<std::string> paths) {
    TreeNode node;
    for (std::string& path : paths) node.leaves.push_back(LeafItem{std::move(path), file_entry(1)});
    return fixture.put_node(node);
  };
  const auto inner = [&](std::uint8_t level, std::vector<std::pair<std::string, ObjectId>> items) {
    TreeNode node;
    node.level = level;
    for (auto& [path, id] : items) node.inner.push_back(InnerItem{path, id, 1, 1, 1});
    return fixture.put_node(node);
  };
  const ObjectId ab = leaf({"a", "b"});
  const ObjectId cd = leaf({"c", "d"});
  const ObjectId low = inner(1, {{"a", ab}, {"c", cd}});
  return {
      {"a level is skipped", inner(2, {{"a", ab}, {"c", cd}})},
      {"a level is repeated", inner(1, {{"a", low}})},
      {"a child starts elsewhere", inner(1, {{"a", ab}, {"bb", cd}})},
      {"a child reaches into the next", inner(1, {{"a", leaf({"a", "x"})}, {"c", cd}})},
      {"a grandchild reaches into the next",
       inner(2, {{"a", inner(1, {{"a", leaf({"a", "x"})}})}, {"c", inner(1, {{"c", cd}})}})},
      {"a child is missing",
       inner(1, {{"a", ab}, {"c", ObjectId::from_bytes(base::Bytes(32, 7))}})},
      {"a child is no node",
       inner(1, {{"a", fixture.store.put(object::ObjectKind::blob, "blob")}})},
      {"the root is no node", fixture.store.put(object::ObjectKind::blob, "root")},
  };
}

bool is_bad(const base::Error& error) {
  return error.code == ErrorCode::corrupt || error.code == ErrorCode::not_found;
}

}  // namespace

TEST_CASE("tree: nodes that do not fit together are told, by every way of reading") {
  TreeFixture fixture;
  for (const BadTree& bad : bad_trees(fixture)) {
    INFO(bad.what);
    const auto walked =
        tree::walk_tree(fixture.nodes, bad.root, "", true,
                        [](const std::string&, const object::TreeEntry&) { return true; });
    REQUIRE(!walked);
    CHECK(is_bad(walked.error()));

    std::vector<tree::TreeEdit> everywhere;
    for (const char* path : {"a", "b", "c", "d", "x"}) everywhere.push_back({path, file_entry(9)});
    const auto edited = fixture.try_edit(bad.root, everywhere);
    REQUIRE(!edited);
    CHECK(is_bad(edited.error()));
  }
}

TEST_CASE("tree: a walk goes on behind a part that cannot be read") {
  TreeFixture fixture;
  std::mt19937_64 random(13);
  const TreeModel model = random_model(random);
  const ObjectId root = fixture.build(model);
  TreeNode node = *must(fixture.nodes.get(root));
  REQUIRE(node.inner.size() > 2);
  const InnerItem lost = node.inner[1];
  fixture.store.damage(lost.node);

  tree::NodeSource cold(fixture.store);
  tree::TreeCursor cursor(cold, root);
  std::size_t seen = 0, errors = 0;
  for (auto moved = cursor.seek(""); cursor.valid() || cursor.unreadable() != nullptr;
       moved = cursor.next()) {
    if (!moved) {
      ++errors;
      CHECK(cursor.unreadable()->first_path == lost.first_path);
    } else {
      ++seen;
    }
  }
  CHECK(errors == 1);
  CHECK(seen == model.size() - lost.entries);
}
