// SPDX-License-Identifier: Apache-2.0
// Tests of core/tree/tree_diff.
#include "core/tree/tree_diff.hpp"
#include "core/object/tree_paths.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/core/tree/tree_fixture.hpp"

using namespace vcs;
using namespace vcs::test;
using object::ObjectId;
using tree::TreeChange;

namespace {

using Lines = std::vector<std::string>;

std::string line(const TreeChange& change) {
  const auto time = [](const std::optional<object::TreeEntry>& entry) {
    return entry ? base::count_of(entry->mtime) : -1;
  };
  return fmt::format("{} {} {}", time(change.before), time(change.after), change.path);
}

Lines diff(tree::NodeSource& nodes, const ObjectId& before, const ObjectId& after,
           std::string_view below = "") {
  Lines lines;
  must(tree::diff_trees_below(nodes, before, after, below, [&](const TreeChange& change) {
    lines.push_back(line(change));
    return true;
  }));
  return lines;
}

Lines model_diff(const TreeModel& before, const TreeModel& after, std::string_view below = "") {
  TreeModel all = before;
  all.insert(after.begin(), after.end());
  Lines lines;
  for (const auto& [path, unused] : all) {
    const auto old_entry = before.find(path), new_entry = after.find(path);
    TreeChange change{path, std::nullopt, std::nullopt};
    if (old_entry != before.end()) change.before = old_entry->second;
    if (new_entry != after.end()) change.after = new_entry->second;
    if (change.before != change.after && object::is_at_or_below(path, below))
      lines.push_back(line(change));
  }
  return lines;
}

TreeModel changed(std::mt19937_64& random, TreeModel model, const std::vector<std::string>& pool) {
  const std::size_t most = random() % 3 == 0 ? pool.size() : 5;
  for (std::size_t count = random() % most; count > 0; --count) {
    const std::string& path = pool[random() % pool.size()];
    if (random() % 2 == 0)
      model.erase(path);
    else
      model[path] = file_entry(random() % 3);
  }
  return model;
}

}  // namespace

TEST_CASE("tree diff: tells what a comparison of two maps tells") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int pools = 0; pools < 8; ++pools) {
    const auto pool = tall_pool(random, 5 + random() % 300);
    TreeFixture fixture;
    TreeModel before = changed(random, {}, pool);
    for (int round = 0; round < 80; ++round) {
      TreeModel after = changed(random, before, pool);
      const ObjectId old_root = fixture.build(before), new_root = fixture.build(after);
      REQUIRE(diff(fixture.nodes, old_root, new_root) == model_diff(before, after));
      std::string below = pool[random() % pool.size()];
      below = below.substr(0, below.find('/'));
      REQUIRE(diff(fixture.nodes, old_root, new_root, below) == model_diff(before, after, below));
      before = std::move(after);
    }
  }
}

TEST_CASE("tree diff: one change among many reads one node per level of each tree") {
  TreeFixture fixture;
  TreeModel model;
  for (int i = 0; i < 60000; ++i) model.emplace(fmt::format("d{}/f{}", i % 97, i), file_entry(1));
  const ObjectId root = fixture.build(model);
  const std::size_t levels = must(fixture.nodes.get(root))->level + 1u;
  std::mt19937_64 random(4);
  for (int i = 0; i < 30; ++i) {
    const std::string path = std::next(model.begin(), static_cast<long>(random() % 60000))->first;
    const auto count_reads = [&](const ObjectId& after) {
      tree::NodeSource cold(fixture.store);
      const std::uint64_t reads = fixture.store.reads();
      REQUIRE(diff(cold, root, after).size() == 1);
      return fixture.store.reads() - reads;
    };
    REQUIRE(count_reads(fixture.edit(root, {{path, file_entry(2)}})) == 2 * levels);
    // A new or removed entry may move a boundary of nodes, which costs a few reads more.
    REQUIRE(count_reads(fixture.edit(root, {{path, std::nullopt}})) <= 8 * levels);
    REQUIRE(count_reads(fixture.edit(root, {{path + "x", file_entry(1)}})) <= 8 * levels);
  }
}

TEST_CASE("tree diff: trees of different height share what is equal") {
  TreeFixture fixture;
  TreeModel small;
  for (int i = 0; i < 20; ++i) small.emplace(fmt::format("a/f{}", i), file_entry(1));
  TreeModel large = small;
  for (int i = 0; i < 40000; ++i) large.emplace(fmt::format("b/f{}", i), file_entry(1));
  const ObjectId low = fixture.build(small), high = fixture.build(large);
  REQUIRE(must(fixture.nodes.get(low))->level < must(fixture.nodes.get(high))->level);
  // Only the edges of the common part are read.
  tree::NodeSource cold(fixture.store);
  const std::uint64_t reads = fixture.store.reads();
  must(tree::diff_trees_below(cold, low, high, "a", [](const TreeChange&) { return false; }));
  REQUIRE(fixture.store.reads() - reads < 12);
  REQUIRE(diff(cold, low, high).size() == 40000);
}

TEST_CASE("tree diff: equal trees are not read, empty ones are all or nothing") {
  TreeFixture fixture;
  const TreeModel model{{"a", file_entry(1)}, {"a/b", file_entry(1)}, {"c", file_entry(2)}};
  const ObjectId root = fixture.build(model);
  const std::uint64_t reads = fixture.store.reads();
  CHECK(diff(fixture.nodes, root, root).empty());
  CHECK(fixture.store.reads() == reads);
  CHECK(diff(fixture.nodes, {}, root) == Lines{"-1 1 a", "-1 1 a/b", "-1 2 c"});
  CHECK(diff(fixture.nodes, root, {}, "a") == Lines{"1 -1 a", "1 -1 a/b"});
  CHECK(diff(fixture.nodes, {}, {}).empty());
}

TEST_CASE("tree diff: the visitor ends it, and damage is told") {
  TreeFixture fixture;
  const ObjectId root = fixture.build({{"a", file_entry(1)}, {"b", file_entry(1)}});
  int seen = 0;
  must(tree::diff_trees(fixture.nodes, {}, root, [&](const TreeChange&) {
    ++seen;
    return false;
  }));
  CHECK(seen == 1);
  const ObjectId absent = ObjectId::from_bytes(base::Bytes(32, 9));
  const auto broken =
      tree::diff_trees(fixture.nodes, root, absent, [](const TreeChange&) { return true; });
  REQUIRE(!broken);
  CHECK(broken.error().code == base::ErrorCode::not_found);
}
