// SPDX-License-Identifier: Apache-2.0
// Reads the bytes of every version that was ever written, and writes the same bytes again.
#include <catch2/catch.hpp>

#include "core/object/chunk_list.hpp"
#include "core/object/commit.hpp"
#include "core/object/tree_node.hpp"
#include "tests/support/golden.hpp"

namespace vcs::object {
namespace {

ObjectId id_of(std::uint8_t first) {
  ObjectId id;
  for (std::uint8_t& byte : id.bytes) byte = first++;
  return id;
}

TreeNode leaf_node() {
  TreeNode node;
  TreeEntry folder;
  folder.type = EntryType::directory;
  folder.mode = 0755;
  folder.uid = folder.gid = 1000;
  folder.mtime = base::unix_nanos(1'700'000'000'000'000'000);
  TreeEntry file = folder;
  file.type = EntryType::file;
  file.mode = 0644;
  file.mtime += base::Nanos(1'500);
  file.size = 12;
  file.content = {ContentKind::blob, id_of(0)};
  TreeEntry large = file;
  large.size = 5'000'000'000;
  large.content = {ContentKind::chunks, id_of(32)};
  large.attributes = {{"user.comment", {'h', 'i'}}, {"user.empty", {}}};
  large.unstable = true;
  TreeEntry link = folder;
  link.type = EntryType::symlink;
  link.mode = 0777;
  link.mtime = base::unix_nanos(-1);
  link.symlink_target = "docs/a.md";
  node.leaves = {{"docs", folder}, {"docs/a.md", file}, {"docs/a.mp4", large}, {"link", link}};
  return node;
}

TreeNode inner_node() {
  return {2, {}, {{"a", id_of(1), 30, 34, 90'000}, {"a/long/path", id_of(2), 1, 1, 0}}};
}

Commit manual_commit() {
  Commit commit;
  commit.parent = id_of(64);
  commit.tree = id_of(96);
  commit.time = base::unix_nanos(1'700'000'000'123'456'789);
  commit.sequence = 300;
  commit.kind = CommitKind::manual;
  commit.message = "before the rewrite";
  commit.device = "0123456789abcdef";
  commit.changed = {1, 200, 3};
  commit.unstable = 1;
  return commit;
}

}  // namespace

TEST_CASE("golden: tree nodes of version 1") {
  test::require_golden("object/tree_leaf.v1.bin", encode_tree_node(leaf_node()));
  REQUIRE(decode_tree_node(test::golden_bytes("object/tree_leaf.v1.bin")) == leaf_node());
}

TEST_CASE("golden: inner tree nodes of version 1") {
  test::require_golden("object/tree_inner.v1.bin", encode_tree_node(inner_node()));
  REQUIRE(decode_tree_node(test::golden_bytes("object/tree_inner.v1.bin")) == inner_node());
}

TEST_CASE("golden: chunk lists of version 1") {
  const ChunkListNode leaf{0, {{id_of(0), 131'072}, {id_of(1), 77}}};
  test::require_golden("object/chunk_list_leaf.v1.bin", encode_chunk_list_node(leaf));
  REQUIRE(decode_chunk_list_node(test::golden_bytes("object/chunk_list_leaf.v1.bin")) == leaf);
}

TEST_CASE("golden: inner chunk lists of version 1") {
  const ChunkListNode inner{1, {{id_of(3), 16'777'216}, {id_of(4), 1}}};
  test::require_golden("object/chunk_list_inner.v1.bin", encode_chunk_list_node(inner));
  REQUIRE(decode_chunk_list_node(test::golden_bytes("object/chunk_list_inner.v1.bin")) == inner);
}

TEST_CASE("golden: chunk lists of version 2") {
  const ChunkListNode leaf{
      0, {{id_of(0), 131'072, 1}, {id_of(1), 1'125'899'906'842'624, 2'147'483'648}}};
  test::require_golden("object/chunk_list_leaf.v2.bin", encode_chunk_list_node(leaf));
  REQUIRE(decode_chunk_list_node(test::golden_bytes("object/chunk_list_leaf.v2.bin")) == leaf);
}

TEST_CASE("golden: commits of version 1") {
  test::require_golden("object/commit.v1.bin", encode_commit(manual_commit()));
  REQUIRE(decode_commit(test::golden_bytes("object/commit.v1.bin")) == manual_commit());
}

TEST_CASE("golden: commits of version 2") {
  Commit commit = manual_commit();
  commit.root = leaf_node().leaves[0].entry;
  commit.root->mode = 02775;
  commit.root->attributes = {{"user.comment", {'h', 'i'}}};
  test::require_golden("object/commit.v2.bin", encode_commit(commit));
  REQUIRE(decode_commit(test::golden_bytes("object/commit.v2.bin")) == commit);
}

TEST_CASE("golden: first commits of version 1") {
  Commit commit;
  commit.tree = id_of(96);
  commit.time = base::unix_nanos(1'700'000'000'000'000'000);
  commit.sequence = 1;
  commit.device = "0123456789abcdef";
  commit.changed.added = 3;
  test::require_golden("object/commit_first.v1.bin", encode_commit(commit));
  REQUIRE(decode_commit(test::golden_bytes("object/commit_first.v1.bin")) == commit);
}

}  // namespace vcs::object
