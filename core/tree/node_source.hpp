// SPDX-License-Identifier: Apache-2.0
// Decoded tree nodes by id, and what a node must satisfy where it stands in a tree.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/object/tree_node.hpp"
#include "core/store/object_store.hpp"

namespace vcs::tree {

// Reads nodes from a store, and keeps some in memory: the least recently used go first, leaves
// before the nodes above them. 6 MiB of those are the paths to any of more than a million entries.
// Thread-safe.
class NodeSource {
 public:
  using Node = std::shared_ptr<const object::TreeNode>;
  explicit NodeSource(store::ObjectStore& store, std::size_t cached_bytes = std::size_t{8} << 20);
  ~NodeSource();
  Result<Node> get(const object::ObjectId& id);

 private:
  struct Cache;
  Node cached(const object::ObjectId& id);

  store::ObjectStore& store_;
  std::unique_ptr<Cache> cache_;
};

// Every key of a node is below it; null means that nothing bounds it.
using UpperBound = const std::string*;

// The root node of a tree; never empty.
Result<NodeSource::Node> get_root_node(NodeSource& nodes, const object::ObjectId& root);

// The child at `index` of an inner node. `upper` bounds the parent. `corrupt` unless the child is
// one level lower, starts with the key its parent tells, and ends before the next child; so a walk
// downwards ends, whatever the bytes say.
Result<NodeSource::Node> get_child_node(NodeSource& nodes, const object::TreeNode& parent,
                                        std::size_t index, UpperBound upper);
// What bounds the child at `index`.
UpperBound upper_bound_of_child(const object::TreeNode& parent, std::size_t index,
                                UpperBound upper);

std::size_t item_count(const object::TreeNode& node);
const std::string& item_key(const object::TreeNode& node, std::size_t index);
// The child below which `path` is or would be: the last one that starts at or before it, else the
// first.
std::size_t child_towards(const object::TreeNode& node, std::string_view path);
// The item that stands for `node` in its parent.
object::InnerItem summarise(const object::TreeNode& node, const object::ObjectId& id);

}  // namespace vcs::tree
