// SPDX-License-Identifier: Apache-2.0
// A position in a tree on an item of any level: on an entry, or on a whole subtree that the cursor
// has not read yet. Walks that skip subtrees (diff, folders) use it.
#pragma once

#include <string_view>
#include <vector>

#include "core/tree/node_source.hpp"

namespace vcs::tree {

// Not thread-safe. References stay valid until the cursor moves.
class SubtreeCursor {
 public:
  explicit SubtreeCursor(NodeSource& nodes) : nodes_(&nodes) {}

  // Moves to the first item whose keys are all at or after `path`, and reads no more subtrees than
  // it must. A root of all zeros is the empty tree.
  Result<void> seek(const object::ObjectId& root, std::string_view path);

  bool at_end() const { return steps_.empty(); }
  // 0 on an entry, else the level of the item's parent: the subtree is one level lower.
  std::uint8_t height() const { return steps_.back().node->level; }
  const std::string& key() const { return item_key(*steps_.back().node, steps_.back().position); }
  const object::LeafItem& entry() const {
    return steps_.back().node->leaves[steps_.back().position];
  }
  const object::InnerItem& subtree() const {
    return steps_.back().node->inner[steps_.back().position];
  }

  // Moves from a subtree to its first item. After an error the cursor is still on the subtree, so
  // skip() moves past the damage.
  Result<void> enter();
  // Moves past this item and all below it.
  void skip();

 private:
  struct Step {
    NodeSource::Node node;
    std::size_t position = 0;
  };
  UpperBound upper_bound() const;  // of the node at the end of steps_
  void climb();                    // leaves nodes without further items

  NodeSource* nodes_;
  std::vector<Step> steps_;  // root first
};

}  // namespace vcs::tree
