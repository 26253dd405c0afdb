// SPDX-License-Identifier: Apache-2.0
// Reads and walks a snapshot tree.
#include "core/tree/tree.hpp"
#include "core/object/tree_paths.hpp"

namespace vcs::tree {

using object::ObjectId;

namespace {

// The least key that sorts after `folder` and all below it. '/' is the least byte; NUL, which no
// key contains, is the next.
std::string key_past(std::string_view folder) {
  return std::string(folder) + '\0';
}

Result<void> walk_all(TreeCursor& cursor, std::string_view folder, const EntryVisitor& visitor) {
  VCS_TRY(cursor.seek(folder));
  while (cursor.valid()) {
    const object::LeafItem& item = cursor.item();
    if (!object::is_at_or_below(item.path, folder) || !visitor(item.path, item.entry)) break;
    VCS_TRY(cursor.next());
  }
  return {};
}

Result<void> walk_children(TreeCursor& cursor, std::string_view folder,
                           const EntryVisitor& visitor) {
  const std::size_t name_at = folder.empty() ? 0 : folder.size() + 1;
  VCS_TRY(cursor.seek(folder.empty() ? std::string() : std::string(folder) + '/'));
  while (cursor.valid() && object::is_at_or_below(cursor.item().path, folder)) {
    const object::LeafItem& item = cursor.item();
    const std::size_t slash = item.path.find('/', name_at);
    if (slash != std::string::npos) {
      VCS_TRY(cursor.seek_past(item.path.substr(0, slash)));
      continue;
    }
    if (!visitor(item.path, item.entry)) break;
    VCS_TRY(cursor.next());
  }
  return {};
}

}  // namespace

Result<void> TreeCursor::seek(std::string_view path) {
  VCS_TRY(cursor_.seek(root_, path));
  return descend();
}

Result<void> TreeCursor::seek_past(std::string_view folder) {
  if (!folder.empty()) return seek(key_past(folder));
  return cursor_.seek(ObjectId{}, {});
}

Result<void> TreeCursor::next() {
  cursor_.skip();
  return descend();
}

Result<void> TreeCursor::descend() {
  while (!cursor_.at_end() && cursor_.height() > 0) VCS_TRY(cursor_.enter());
  return {};
}

const object::InnerItem* TreeCursor::unreadable() const {
  return cursor_.at_end() || cursor_.height() == 0 ? nullptr : &cursor_.subtree();
}

Result<TreeTotals> tree_totals(NodeSource& nodes, const ObjectId& root) {
  if (root.is_zero()) return TreeTotals{};
  VCS_ASSIGN(const NodeSource::Node node, get_root_node(nodes, root));
  const object::InnerItem sums = summarise(*node, root);
  return TreeTotals{sums.files, sums.entries, sums.bytes};
}

Result<std::optional<object::TreeEntry>> find_entry(NodeSource& nodes, const ObjectId& root,
                                                    std::string_view path) {
  TreeCursor cursor(nodes, root);
  VCS_TRY(cursor.seek(path));
  if (!cursor.valid() || cursor.item().path != path) return std::nullopt;
  return cursor.item().entry;
}

Result<void> walk_tree(NodeSource& nodes, const ObjectId& root, std::string_view folder,
                       bool recursive, const EntryVisitor& visitor) {
  TreeCursor cursor(nodes, root);
  return recursive ? walk_all(cursor, folder, visitor) : walk_children(cursor, folder, visitor);
}

}  // namespace vcs::tree
