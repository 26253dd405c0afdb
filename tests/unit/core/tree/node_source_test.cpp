// SPDX-License-Identifier: Apache-2.0
// Which of the read nodes stay in memory.
#include "core/tree/node_source.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/core/tree/tree_fixture.hpp"

namespace {

using namespace vcs;
using object::ObjectId;
using test::must;
using test::TreeFixture;
using test::TreeModel;

TreeModel folder_of(std::size_t files) {
  TreeModel model;
  for (std::size_t i = 0; i < files; ++i)
    model[fmt::format("folder/{:06}", i)] = test::file_entry(i + 1);
  return model;
}

std::uint64_t reads_of(TreeFixture& fixture, tree::NodeSource& nodes, const ObjectId& root,
                       const std::string& path) {
  const std::uint64_t before = fixture.store.reads();
  REQUIRE(must(tree::find_entry(nodes, root, path)));
  return fixture.store.reads() - before;
}

TEST_CASE("node source: leaves push out leaves, and never the nodes above them") {
  TreeFixture fixture;
  const TreeModel model = folder_of(20'000);
  const ObjectId root = fixture.build(model);
  tree::NodeSource nodes(fixture.store, std::size_t{1} << 20);
  for (const auto& [path, entry] : model) must(tree::find_entry(nodes, root, path));
  for (const auto& [path, entry] : model) REQUIRE(reads_of(fixture, nodes, root, path) <= 1);
}

TEST_CASE("node source: what was used last is read once") {
  TreeFixture fixture;
  const ObjectId root = fixture.build(folder_of(20'000));
  tree::NodeSource nodes(fixture.store, std::size_t{1} << 20);
  CHECK(reads_of(fixture, nodes, root, "folder/012345") >= 2);
  CHECK(reads_of(fixture, nodes, root, "folder/012345") == 0);
  for (int i = 0; i < 5000; ++i)
    must(tree::find_entry(nodes, root, fmt::format("folder/{:06}", i)));
  CHECK(reads_of(fixture, nodes, root, "folder/012345") == 1);
}

TEST_CASE("node source: the cache is bounded by bytes, not by nodes") {
  TreeFixture fixture;
  TreeModel model = folder_of(2000);
  // One entry with attributes larger than all of the cache: its leaf is not kept, others are.
  model["folder/000100"].attributes = {{"user.large", base::Bytes(300'000, 'x')}};
  const ObjectId root = fixture.build(model);
  tree::NodeSource nodes(fixture.store, std::size_t{1} << 20);
  must(tree::find_entry(nodes, root, "folder/000100"));
  CHECK(reads_of(fixture, nodes, root, "folder/000100") == 1);
  must(tree::find_entry(nodes, root, "folder/001500"));
  CHECK(reads_of(fixture, nodes, root, "folder/001500") == 0);
}

TEST_CASE("node source: without room nothing is kept, and all is found") {
  TreeFixture fixture;
  const ObjectId root = fixture.build(folder_of(100));
  tree::NodeSource nodes(fixture.store, 0);
  CHECK(reads_of(fixture, nodes, root, "folder/000050") > 0);
  CHECK(reads_of(fixture, nodes, root, "folder/000050") > 0);
}

}  // namespace
