// SPDX-License-Identifier: Apache-2.0
// What differs between two trees, found by walking only nodes that differ: costs what changed, not
// what there is.
#pragma once

#include "core/tree/tree.hpp"

namespace vcs::tree {

struct TreeChange {
  std::string path;
  std::optional<object::TreeEntry> before;  // none: added
  std::optional<object::TreeEntry> after;   // none: deleted
};

// In tree order. The visitor returns false to stop. Entries that differ in anything (mtime too) are
// told.
using ChangeVisitor = std::function<bool(const TreeChange& change)>;
Result<void> diff_trees(NodeSource& nodes, const object::ObjectId& before,
                        const object::ObjectId& after, const ChangeVisitor& visitor);

// Only changes at `path` and below it.
Result<void> diff_trees_below(NodeSource& nodes, const object::ObjectId& before,
                              const object::ObjectId& after, std::string_view path,
                              const ChangeVisitor& visitor);

// False if only metadata differs: mode, owner, times, attributes.
bool changes_content(const TreeChange& change);

}  // namespace vcs::tree
