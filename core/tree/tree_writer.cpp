// SPDX-License-Identifier: Apache-2.0
// Makes a tree, level by level, from items that come in order.
#include "core/tree/tree_writer.hpp"

#include <limits>

#include "core/object/hasher.hpp"

namespace vcs::tree {

using object::InnerItem;
using object::LeafItem;
using object::ObjectId;
using object::TreeNode;

bool TreeWriter::is_empty_from(std::size_t level) const {
  for (; level < open_.size(); ++level)
    if (item_count(open_[level]) > 0) return false;
  return true;
}

bool TreeWriter::starts_here(std::string_view path, std::uint8_t level) const {
  return object::starts_node(path, level) || is_empty_from(0);
}

Result<void> TreeWriter::add_entry(LeafItem item) {
  VCS_TRY(prepare(item.path, 0));
  open_[0].leaves.push_back(std::move(item));
  return {};
}

Result<void> TreeWriter::add_subtree(const InnerItem& item, std::uint8_t level) {
  for (std::size_t below = 0; below <= level && below < open_.size(); ++below)
    if (item_count(open_[below]) > 0) VCS_TRY(close(below));
  return add_inner(item, std::size_t{level} + 1);
}

Result<void> TreeWriter::add_inner(InnerItem item, std::size_t level) {
  VCS_TRY(prepare(item.first_path, level));
  open_[level].inner.push_back(std::move(item));
  return {};
}

// Prepares `level` for an item with this key: afterwards the node that it belongs to is open.
Result<void> TreeWriter::prepare(std::string_view path, std::size_t level) {
  if (level > std::numeric_limits<std::uint8_t>::max())
    return fail(ErrorCode::corrupt, "a tree has more levels than there can be");
  while (open_.size() <= level)
    open_.push_back(TreeNode{static_cast<std::uint8_t>(open_.size()), {}, {}});
  const bool starts = object::starts_node(path, static_cast<std::uint8_t>(level));
  if (item_count(open_[level]) == 0 && !starts) VCS_TRY(reopen(level));
  const std::size_t count = item_count(open_[level]);
  if (count == 0) return {};
  if (object::compare_paths(item_key(open_[level], count - 1), path) >= 0)
    return fail(ErrorCode::corrupt, "the paths of a tree are not in order at '{}'", path);
  return starts ? close(level) : Result<void>();
}

Result<void> TreeWriter::close(std::size_t level) {
  const TreeNode node =
      std::exchange(open_[level], TreeNode{static_cast<std::uint8_t>(level), {}, {}});
  VCS_ASSIGN(const ObjectId id, store(node));
  return add_inner(summarise(node, id), level + 1);
}

// Opens the last node of `level` again, which is from an older tree. Does nothing if no item
// precedes. The last item of the level above is always such a node here: after closing a node of
// its own, the writer at once adds an item that starts the next one.
Result<void> TreeWriter::reopen(std::size_t level) {
  if (is_empty_from(level + 1)) return {};
  if (open_[level + 1].inner.empty()) VCS_TRY(reopen(level + 1));
  TreeNode& parent = open_[level + 1];
  VCS_ASSIGN(const NodeSource::Node node,
             get_child_node(nodes_, parent, parent.inner.size() - 1, nullptr));
  know(parent.inner.back().node);
  parent.inner.pop_back();
  open_[level] = *node;
  return {};
}

Result<ObjectId> TreeWriter::store(const TreeNode& node) {
  Bytes bytes = object::encode_tree_node(node);
  const ObjectId id = object::hash_bytes(bytes);
  if (!known_.contains(id)) VCS_TRY(emit_(id, std::move(bytes)));
  return id;
}

Result<ObjectId> TreeWriter::finish() {
  for (std::size_t level = 0; level < open_.size(); ++level) {
    if (item_count(open_[level]) == 0) continue;
    if (!is_empty_from(level + 1)) {
      VCS_TRY(close(level));
      continue;
    }
    const TreeNode& top = open_[level];
    if (top.inner.size() == 1) return lowest_single(top.inner.front().node);
    return store(top);
  }
  return ObjectId{};
}

Result<ObjectId> TreeWriter::lowest_single(ObjectId id) {
  VCS_ASSIGN(NodeSource::Node node, get_root_node(nodes_, id));
  while (node->inner.size() == 1) {
    id = node->inner.front().node;
    VCS_ASSIGN(node, get_child_node(nodes_, *node, 0, nullptr));
  }
  return id;
}

}  // namespace vcs::tree
