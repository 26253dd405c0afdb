// SPDX-License-Identifier: Apache-2.0
// Makes a tree from entries and whole subtrees that come in order. It has one open node per level
// in memory.
//
// An item starts a node of its level if object::starts_node() is true, or if no item precedes it.
// A subtree from an older tree is closed. If the next item does not start a node, the writer opens
// the last nodes of the subtree again and continues them.
#pragma once

#include <unordered_set>
#include <vector>

#include "core/tree/tree.hpp"

namespace vcs::tree {

// Not thread-safe. After an error the writer must not be used any more.
class TreeWriter {
 public:
  TreeWriter(NodeSource& nodes, const object::EmitObject& emit) : nodes_(nodes), emit_(emit) {}

  // Notes that this node is stored already: the writer does not emit it again.
  void know(const object::ObjectId& id) { known_.insert(id); }

  // True if a stored node of `level` with the least key `path` can be taken over here: its first
  // item starts a node here, too.
  bool starts_here(std::string_view path, std::uint8_t level) const;

  Result<void> add_entry(object::LeafItem item);
  // Takes over the stored node `item` of `level`; starts_here() must hold.
  Result<void> add_subtree(const object::InnerItem& item, std::uint8_t level);

  // Returns the root: the only node of the lowest level that has just one.
  Result<object::ObjectId> finish();

 private:
  bool is_empty_from(std::size_t level) const;
  Result<void> add_inner(object::InnerItem item, std::size_t level);
  Result<void> prepare(std::string_view path, std::size_t level);
  Result<void> close(std::size_t level);
  Result<void> reopen(std::size_t level);
  Result<object::ObjectId> store(const object::TreeNode& node);
  Result<object::ObjectId> lowest_single(object::ObjectId id);

  NodeSource& nodes_;
  const object::EmitObject& emit_;
  std::unordered_set<object::ObjectId> known_;
  std::vector<object::TreeNode> open_;  // by level; without items: no node is open there
};

}  // namespace vcs::tree
