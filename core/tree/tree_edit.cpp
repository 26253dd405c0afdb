// SPDX-License-Identifier: Apache-2.0
// Edits a snapshot tree: merges the old tree and the edits in one pass from left to right, and
// takes subtrees without edits over unread.
#include <algorithm>
#include <span>

#include "core/tree/tree_writer.hpp"

namespace vcs::tree {

using object::compare_paths;
using object::ObjectId;
using object::TreeNode;

namespace {

using Edits = std::span<const TreeEdit>;

// Removes the edits before `bound` from `edits` and returns them; without a bound, all of them.
Edits take_before(Edits& edits, UpperBound bound) {
  std::size_t count = edits.size();
  if (bound != nullptr) {
    const auto end = std::partition_point(edits.begin(), edits.end(), [&](const TreeEdit& edit) {
      return compare_paths(edit.path, *bound) < 0;
    });
    count = static_cast<std::size_t>(end - edits.begin());
  }
  const Edits taken = edits.first(count);
  edits = edits.subspan(count);
  return taken;
}

class TreeEditor {
 public:
  TreeEditor(NodeSource& nodes, const object::EmitObject& emit)
      : nodes_(nodes), writer_(nodes, emit) {}

  Result<ObjectId> run(const ObjectId& root, Edits edits) {
    if (root.is_zero()) {
      VCS_TRY(add_new(edits));
    } else {
      VCS_ASSIGN(const NodeSource::Node node, get_root_node(nodes_, root));
      writer_.know(root);
      VCS_TRY(edit_node(*node, nullptr, edits));
    }
    return writer_.finish();
  }

 private:
  Result<void> edit_node(const TreeNode& node, UpperBound upper, Edits edits) {
    if (node.level == 0) return edit_leaf(node, edits);
    const auto below = static_cast<std::uint8_t>(node.level - 1);
    for (std::size_t i = 0; i < node.inner.size(); ++i) {
      const object::InnerItem& item = node.inner[i];
      const UpperBound bound = upper_bound_of_child(node, i, upper);
      const Edits mine = take_before(edits, bound);
      if (mine.empty() && writer_.starts_here(item.first_path, below)) {
        VCS_TRY(writer_.add_subtree(item, below));
        continue;
      }
      VCS_ASSIGN(const NodeSource::Node child, get_child_node(nodes_, node, i, upper));
      writer_.know(item.node);
      VCS_TRY(edit_node(*child, bound, mine));
    }
    return {};
  }

  Result<void> edit_leaf(const TreeNode& node, Edits edits) {
    for (const object::LeafItem& item : node.leaves) {
      VCS_TRY(add_new(take_before(edits, &item.path)));
      if (!edits.empty() && edits.front().path == item.path) {
        VCS_TRY(add_new(edits.first(1)));
        edits = edits.subspan(1);
      } else {
        VCS_TRY(writer_.add_entry(item));
      }
    }
    return add_new(edits);
  }

  Result<void> add_new(Edits edits) {
    for (const TreeEdit& edit : edits)
      if (edit.entry) VCS_TRY(writer_.add_entry({edit.path, *edit.entry}));
    return {};
  }

  NodeSource& nodes_;
  TreeWriter writer_;
};

Result<void> check_edits(Edits edits) {
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (!object::is_valid_tree_path(edits[i].path))
      return fail(ErrorCode::invalid, "'{}' is no path that a tree can hold", edits[i].path);
    if (i > 0 && compare_paths(edits[i - 1].path, edits[i].path) >= 0)
      return fail(ErrorCode::invalid, "edits of a tree are not sorted at '{}'", edits[i].path);
  }
  return {};
}

}  // namespace

Result<ObjectId> edit_tree(NodeSource& nodes, const ObjectId& root,
                           const std::vector<TreeEdit>& edits, const object::EmitObject& emit) {
  VCS_TRY(check_edits(edits));
  if (edits.empty()) return root;
  return TreeEditor(nodes, emit).run(root, edits);
}

}  // namespace vcs::tree
