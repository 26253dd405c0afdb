// SPDX-License-Identifier: Apache-2.0
// Gives decoded tree nodes by id, and checks that a node fits its place in a tree.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/object/tree_node.hpp"
#include "core/store/object_store.hpp"

namespace vcs::tree {

// Reads nodes from a store and keeps the most recently used in memory. A quarter of the memory is
// for leaves, the rest for the nodes above them: their 6 MiB hold the paths to any of more than a
// million entries.
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

// The upper bound of a node: each of its keys is less. Null: there is no bound.
using UpperBound = const std::string*;

// The root node of a tree. It has at least one item.
Result<NodeSource::Node> get_root_node(NodeSource& nodes, const object::ObjectId& root);

// The child at `index` of an inner node. `upper` is the bound of the parent. `corrupt` unless the
// child is one level lower, starts with the key that its parent has, and ends before the next
// child. So a walk downwards ends, whatever the bytes are.
Result<NodeSource::Node> get_child_node(NodeSource& nodes, const object::TreeNode& parent,
                                        std::size_t index, UpperBound upper);
// The upper bound of the child at `index`.
UpperBound upper_bound_of_child(const object::TreeNode& parent, std::size_t index,
                                UpperBound upper);

std::size_t item_count(const object::TreeNode& node);
const std::string& item_key(const object::TreeNode& node, std::size_t index);
// The child that has `path` below it, or would have it: the last one that starts at or before
// `path`, else the first.
std::size_t child_towards(const object::TreeNode& node, std::string_view path);
// The item for `node` in its parent.
object::InnerItem summarise(const object::TreeNode& node, const object::ObjectId& id);

}  // namespace vcs::tree
