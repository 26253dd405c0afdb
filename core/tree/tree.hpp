// SPDX-License-Identifier: Apache-2.0
// The snapshot tree: reads, walks and edits one sorted, content-split Merkle map from path to entry
// (a prolly tree).
//
//   level 1   [ a → N1  d/q → N2  m → N3 ]            the root; each item has the counts below it
//               |        |          |
//   level 0   [a b c d d/c]  [d/q d/x e k]  [m n n/a n/z]
//
// The hash of a path alone decides whether a node starts there (marked * below). A save of e
// rewrites N2 and the root, and nothing else. A new g* starts a new node:
//
//   level 0   [a b c d d/c]  [d/q d/x e]  [g* k]  [m n n/a n/z]     N1 and N3 stay as they are
//
// Without g, the old N2 and root come back with the old ids. So the tree is independent of its
// history: the same entries give the same root, whatever the order of edits. An edit reads and
// rewrites only the nodes on the way to its entries: one per level if the keys stay the same, a few
// more if a boundary comes or goes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/object/chunk_list.hpp"
#include "core/object/tree_node.hpp"
#include "core/tree/node_source.hpp"
#include "core/tree/subtree_cursor.hpp"

namespace vcs::tree {

struct TreeTotals {
  std::uint64_t files = 0, entries = 0, bytes = 0;
};

// A root of all zeros is the empty tree everywhere below.

// Counts of a whole tree, from its root node alone.
Result<TreeTotals> tree_totals(NodeSource& nodes, const object::ObjectId& root);

// Nothing: the tree does not have the path.
Result<std::optional<object::TreeEntry>> find_entry(NodeSource& nodes, const object::ObjectId& root,
                                                    std::string_view path);

// Visits entries in order. Not thread-safe.
class TreeCursor {
 public:
  TreeCursor(NodeSource& nodes, const object::ObjectId& root) : root_(root), cursor_(nodes) {}
  Result<void> seek(std::string_view path);         // to the first entry >= path
  Result<void> seek_past(std::string_view folder);  // past `folder` and all below it
  Result<void> next();
  bool valid() const { return !cursor_.at_end() && cursor_.height() == 0; }
  const object::LeafItem& item() const { return cursor_.entry(); }
  // After an error: the part of the tree that cannot be read, if next() can go on behind it; else
  // null.
  const object::InnerItem* unreadable() const;

 private:
  Result<void> descend();

  object::ObjectId root_;
  SubtreeCursor cursor_;
};

// Visits entries at and below `folder` ("" for all), in order. If `recursive` is false, visits only
// its direct children, and not `folder` itself. The visitor returns false to stop.
using EntryVisitor = std::function<bool(const std::string& path, const object::TreeEntry& entry)>;
Result<void> walk_tree(NodeSource& nodes, const object::ObjectId& root, std::string_view folder,
                       bool recursive, const EntryVisitor& visitor);

struct TreeEdit {
  std::string path;
  std::optional<object::TreeEntry>
      entry;  // none: remove this entry (entries below it are edits of their own)
};

// Applies edits and returns the new root. The edits must be distinct and sorted by compare_paths,
// else: `invalid`. Passes each new node to `emit` as soon as it is complete, children before
// parents. An edit that changes nothing emits nothing. Edits on the empty root make a first tree.
Result<object::ObjectId> edit_tree(NodeSource& nodes, const object::ObjectId& root,
                                   const std::vector<TreeEdit>& edits,
                                   const object::EmitObject& emit);

}  // namespace vcs::tree
