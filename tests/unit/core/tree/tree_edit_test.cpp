// SPDX-License-Identifier: Apache-2.0
// Tests of core/tree/tree_edit.
#include <catch2/catch.hpp>

#include "tests/unit/core/tree/tree_fixture.hpp"

using namespace vcs;
using namespace vcs::test;
using object::ObjectId;
using tree::TreeEdit;
using Changes = std::map<std::string, std::optional<object::TreeEntry>, object::PathLess>;

namespace {

TreeModel numbered(std::size_t count) {
  TreeModel model;
  for (std::size_t i = 0; i < count; ++i)
    model.emplace(fmt::format("folder{:03}/file{:06}.txt", i / 500, i), file_entry(i));
  return model;
}

Changes random_changes(std::mt19937_64& random, const std::vector<std::string>& pool,
                       std::size_t most, unsigned deletions_in_ten) {
  Changes changes;
  for (std::size_t count = 1 + random() % most; count > 0; --count) {
    const std::string& path = pool[random() % pool.size()];
    if (random() % 10 < deletions_in_ten)
      changes[path] = std::nullopt;
    else
      changes[path] = file_entry(random() % 3);
  }
  return changes;
}

}  // namespace

TEST_CASE("tree edit: any order of edits gives the tree that a build from scratch gives") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int pools = 0; pools < 6; ++pools) {
    const auto pool = tall_pool(random, 20 + random() % 400);
    TreeFixture fixture;
    TreeModel model;
    ObjectId root;
    for (int round = 0; round < 250; ++round) {
      // Phases of growing and of shrinking, so that every size down to nothing is met.
      const unsigned deletions = round % 50 < 25 ? 2 : 9;
      const std::size_t most = random() % 4 == 0 ? pool.size() : 4;
      const auto changes = random_changes(random, pool, most, deletions);
      const TreeModel before = model;
      const auto edits = apply_to_model(model, changes);
      const ObjectId edited = fixture.edit(root, edits);
      const bool emitted_for_nothing = model == before && fixture.emitted > 0;
      REQUIRE_FALSE(emitted_for_nothing);
      REQUIRE(edited == fixture.build(model));
      if (round % 10 == 0) REQUIRE(fixture.read(edited) == model);
      root = edited;
    }
  }
}

TEST_CASE("tree edit: deleting and restoring each entry joins and splits nodes as a build does") {
  std::mt19937_64 random(7);
  TreeFixture fixture;
  TreeModel model;
  for (const std::string& path : tall_pool(random, 150)) model.emplace(path, file_entry(1));
  const ObjectId full = fixture.build(model);
  for (const auto& [path, entry] : TreeModel(model)) {
    model.erase(path);
    const ObjectId without = fixture.edit(full, {{path, std::nullopt}});
    REQUIRE(without == fixture.build(model));
    model.emplace(path, entry);
    REQUIRE(fixture.edit(without, {{path, entry}}) == full);
  }
}

TEST_CASE("tree edit: from nothing to a hundred thousand entries and back") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::vector<std::string> paths;
  for (const auto& [path, entry] : numbered(100000)) paths.push_back(path);
  std::shuffle(paths.begin(), paths.end(), random);
  TreeFixture fixture;
  TreeModel model;
  ObjectId root;
  constexpr std::size_t kStep = 25000;
  for (std::size_t at = 0; at < paths.size(); at += kStep) {
    Changes changes;
    for (std::size_t i = at; i < at + kStep; ++i) changes[paths[i]] = file_entry(i);
    root = fixture.edit(root, apply_to_model(model, changes));
  }
  REQUIRE(root == fixture.build(model));
  std::shuffle(paths.begin(), paths.end(), random);
  for (std::size_t at = 0; at < paths.size(); at += kStep) {
    Changes changes;
    for (std::size_t i = at; i < at + kStep; ++i) changes[paths[i]] = std::nullopt;
    root = fixture.edit(root, apply_to_model(model, changes));
    if (at == kStep) REQUIRE(root == fixture.build(model));
  }
  REQUIRE(root.is_zero());
}

TEST_CASE("tree edit: a changed value reads and writes one node per level") {
  TreeFixture fixture;
  const TreeModel model = numbered(60000);
  const ObjectId root = fixture.build(model);
  const std::size_t levels = must(fixture.nodes.get(root))->level + 1u;
  REQUIRE(levels >= 3);
  std::mt19937_64 random(3);
  std::size_t bytes = 0;
  constexpr std::size_t kEdits = 50;
  for (std::size_t i = 0; i < kEdits; ++i) {
    auto entry = *std::next(model.begin(), static_cast<long>(random() % model.size()));
    entry.second.mtime += base::Nanos(1);
    tree::NodeSource cold(fixture.store);
    const std::uint64_t reads = fixture.store.reads();
    std::size_t emitted = 0;
    const auto edited = tree::edit_tree(cold, root, {{entry.first, entry.second}},
                                        [&](const ObjectId&, base::Bytes node) {
                                          ++emitted;
                                          bytes += node.size();
                                          return base::Result<void>();
                                        });
    REQUIRE(edited);
    REQUIRE(*edited != root);
    REQUIRE(emitted == levels);
    REQUIRE(fixture.store.reads() - reads == levels);
  }
  REQUIRE(bytes / kEdits < 16 * 1024);
}

TEST_CASE("tree edit: what changes nothing emits nothing") {
  TreeFixture fixture;
  const TreeModel model = numbered(5000);
  const ObjectId root = fixture.build(model);
  REQUIRE(fixture.edit(root, {}) == root);
  REQUIRE(fixture.edit(root, {{"absent", std::nullopt}, {"zzz", std::nullopt}}) == root);
  REQUIRE(fixture.emitted == 0);
  std::vector<TreeEdit> same;
  for (const auto& [path, entry] : model) same.push_back({path, entry});
  REQUIRE(fixture.edit(root, same) == root);
  REQUIRE(fixture.emitted == 0);
  REQUIRE(fixture.edit({}, {{"absent", std::nullopt}}).is_zero());
}

TEST_CASE("tree edit: edits that are not sorted, not distinct or no paths are refused") {
  TreeFixture fixture;
  const auto code = [&](const std::vector<TreeEdit>& edits) {
    const auto edited = fixture.try_edit({}, edits);
    return edited ? base::ErrorCode::io : edited.error().code;
  };
  const auto entry = file_entry(1);
  REQUIRE(code({{"b", entry}, {"a", entry}}) == base::ErrorCode::invalid);
  REQUIRE(code({{"a", entry}, {"a", entry}}) == base::ErrorCode::invalid);
  REQUIRE(code({{"a.b", entry}, {"a/b", entry}}) == base::ErrorCode::invalid);
  REQUIRE(code({{"", entry}}) == base::ErrorCode::invalid);
  REQUIRE(code({{"../x", entry}}) == base::ErrorCode::invalid);
}

TEST_CASE("tree edit: an error of the sink ends the edit with that error") {
  TreeFixture fixture;
  const auto edited = tree::edit_tree(
      fixture.nodes, {}, {{"a", file_entry(1)}},
      [](const ObjectId&, base::Bytes) { return base::fail(base::ErrorCode::no_space, "full"); });
  REQUIRE(!edited);
  REQUIRE(edited.error().code == base::ErrorCode::no_space);
}
