// SPDX-License-Identifier: Apache-2.0
// Moves through a tree, over items of any level.
#include "core/tree/subtree_cursor.hpp"

#include <algorithm>

namespace vcs::tree {

using object::LeafItem;

Result<void> SubtreeCursor::seek(const object::ObjectId& root, std::string_view path) {
  steps_.clear();
  if (root.is_zero()) return {};
  VCS_ASSIGN(NodeSource::Node node, get_root_node(*nodes_, root));
  steps_.push_back(Step{std::move(node), 0});
  while (height() > 0) {
    Step& step = steps_.back();
    step.position = child_towards(*step.node, path);
    if (object::compare_paths(key(), path) >= 0) return {};
    VCS_TRY(enter());
  }
  Step& step = steps_.back();
  const auto found = std::lower_bound(step.node->leaves.begin(), step.node->leaves.end(), path,
                                      [](const LeafItem& item, std::string_view wanted) {
                                        return object::compare_paths(item.path, wanted) < 0;
                                      });
  step.position = static_cast<std::size_t>(found - step.node->leaves.begin());
  climb();
  return {};
}

Result<void> SubtreeCursor::enter() {
  const Step& step = steps_.back();
  VCS_ASSIGN(NodeSource::Node child,
             get_child_node(*nodes_, *step.node, step.position, upper_bound()));
  steps_.push_back(Step{std::move(child), 0});
  return {};
}

void SubtreeCursor::skip() {
  ++steps_.back().position;
  climb();
}

UpperBound SubtreeCursor::upper_bound() const {
  for (std::size_t i = steps_.size() - 1; i-- > 0;) {
    const Step& step = steps_[i];
    if (step.position + 1 < step.node->inner.size())
      return &step.node->inner[step.position + 1].first_path;
  }
  return nullptr;
}

void SubtreeCursor::climb() {
  while (!steps_.empty() && steps_.back().position >= item_count(*steps_.back().node)) {
    steps_.pop_back();
    if (!steps_.empty()) ++steps_.back().position;
  }
}

}  // namespace vcs::tree
