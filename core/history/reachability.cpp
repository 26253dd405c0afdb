// SPDX-License-Identifier: Apache-2.0
// Walks trees down to their blobs.
#include "core/history/reachability.hpp"

#include "core/object/chunk_list.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::history {
namespace {

using object::ObjectId;
using object::ObjectKind;

// A child has a lower level than its parent, so hostile nodes cannot make the walk deep or endless.
constexpr int kAnyLevel = 256;

template <typename Node>
Result<Node> read_node(store::ObjectStore& store, const Reachability::Present& present,
                       const ObjectId& id, Result<Node> (*decode)(ByteView), int below_level) {
  if (!present(id)) return fail(ErrorCode::not_found, "it is not in the store");
  VCS_ASSIGN(const Bytes bytes, store.get(id));
  VCS_ASSIGN(Node node, decode(bytes));
  if (node.level >= below_level)
    return fail(ErrorCode::corrupt, "its level does not fit the node above it");
  return node;
}

}  // namespace

bool Reachability::check_tree(const ObjectId& root, const Missing& missing) {
  return root.is_zero() || check_node(root, "", kAnyLevel, missing);
}

bool Reachability::check_node(const ObjectId& id, const std::string& path, int below_level,
                              const Missing& missing) {
  if (nodes_.contains(id)) return true;
  auto node = read_node(store_, present_, id, &object::decode_tree_node, below_level);
  if (!node) {
    missing(id, ObjectKind::tree_node, path, node.error());
    return false;
  }
  bool complete = true;
  for (const object::InnerItem& item : node->inner)
    complete &= check_node(item.node, item.first_path, node->level, missing);
  for (const object::LeafItem& item : node->leaves) {
    const object::ContentRef& content = item.entry.content;
    if (content.kind == object::ContentKind::blob)
      complete &= check_blob(content.id, item.path, missing);
    else if (content.kind == object::ContentKind::chunks)
      complete &= check_chunks(content.id, item.path, kAnyLevel, missing);
  }
  if (complete) nodes_.insert(id);
  return complete;
}

bool Reachability::check_chunks(const ObjectId& id, const std::string& path, int below_level,
                                const Missing& missing) {
  if (chunk_lists_.contains(id)) return true;
  auto node = read_node(store_, present_, id, &object::decode_chunk_list_node, below_level);
  if (!node) {
    missing(id, ObjectKind::chunk_list, path, node.error());
    return false;
  }
  bool complete = true;
  for (const object::ChunkListEntry& entry : node->entries)
    complete &= node->level == 0 ? check_blob(entry.id, path, missing)
                                 : check_chunks(entry.id, path, node->level, missing);
  if (complete) chunk_lists_.insert(id);
  return complete;
}

bool Reachability::check_blob(const ObjectId& id, const std::string& path, const Missing& missing) {
  if (blobs_.contains(id)) return true;
  if (!present_(id)) {
    missing(id, ObjectKind::blob, path, {ErrorCode::not_found, "it is not in the store", 0});
    return false;
  }
  blobs_.insert(id);
  return true;
}

}  // namespace vcs::history
