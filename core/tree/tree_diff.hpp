// SPDX-License-Identifier: Apache-2.0
// Finds the differences of two trees. It reads only nodes that differ, so the cost depends on the
// changes and not on the size of the trees.
#pragma once

#include "core/tree/tree.hpp"

namespace vcs::tree {

struct TreeChange {
  std::string path;
  std::optional<object::TreeEntry> before;  // none: added
  std::optional<object::TreeEntry> after;   // none: deleted
};

// Called for each entry that differs in any field (mtime too), in tree order. Returns false to
// stop.
using ChangeVisitor = std::function<bool(const TreeChange& change)>;
Result<void> diff_trees(NodeSource& nodes, const object::ObjectId& before,
                        const object::ObjectId& after, const ChangeVisitor& visitor);

// Visits only changes at `path` and below it.
Result<void> diff_trees_below(NodeSource& nodes, const object::ObjectId& before,
                              const object::ObjectId& after, std::string_view path,
                              const ChangeVisitor& visitor);

// False if only metadata differs: mode, owner, times, attributes.
bool changes_content(const TreeChange& change);

}  // namespace vcs::tree
