// SPDX-License-Identifier: Apache-2.0
// Reads and writes the files of names without a lock; the lock guards only the cached lost head.
#include "core/history/after_damage.hpp"

#include <functional>

#include "core/history/unseen_entries.hpp"
#include "core/store/frame_builder.hpp"
#include "core/tree/tree.hpp"
#include "core/tree/tree_writer.hpp"

namespace vcs::history {
namespace {

using object::ObjectId;

// Visits every readable entry of a tree. Reports each unreadable part to `lost` and steps over it.
Result<void> walk_readable(tree::NodeSource& nodes, const ObjectId& root,
                           const std::function<Result<void>(const object::LeafItem&)>& entry,
                           const std::function<void(const Error&)>& lost) {
  tree::TreeCursor cursor(nodes, root);
  for (Result<void> at = cursor.seek("");; at = cursor.next()) {
    if (at) {
      if (!cursor.valid()) return {};
      VCS_TRY(entry(cursor.item()));
      continue;
    }
    if (!tells_of_loss(at.error())) return at;
    lost(at.error());
    if (cursor.unreadable() == nullptr) return {};  // the root
  }
}

}  // namespace

Result<std::optional<ObjectId>> AfterDamage::named_commit(const std::string& ref) {
  auto commit = parts_.refs.read(ref);
  if (!commit && commit.error().code == ErrorCode::corrupt) return std::nullopt;
  return commit;
}

Result<void> AfterDamage::name_commit(const std::string& ref, const ObjectId& commit) {
  auto written = parts_.refs.write(ref, commit, true);
  forget_cached_name(ref);
  return written;
}

Result<void> AfterDamage::forget_name(const std::string& ref) {
  VCS_TRY(parts_.refs.remove(ref));
  forget_cached_name(ref);
  return {};
}

void AfterDamage::forget_cached_name(const std::string& ref) {
  const base::Lock lock(parts_.head.mutex());
  if (ref != kLostHead) return;
  lost_head_.reset();
  ++lost_head_changes_;
}

// Caches the result unless the name changed meanwhile.
Result<std::optional<ObjectId>> AfterDamage::lost_head() {
  std::uint64_t changes = 0;
  {
    const base::Lock lock(parts_.head.mutex());
    if (lost_head_) return *lost_head_;
    changes = lost_head_changes_;
  }
  VCS_ASSIGN(const std::optional<ObjectId> lost, named_commit(kLostHead));
  const base::Lock lock(parts_.head.mutex());
  if (changes == lost_head_changes_) lost_head_ = lost;
  return lost;
}

Result<void> AfterDamage::forget_lost_head() {
  return forget_name(kLostHead);
}

Result<void> AfterDamage::miss_what_the_index_knew() {
  const ObjectId known = parts_.index.tag();
  if (known.is_zero() || !parts_.store.lacks(known)) return {};
  VCS_ASSIGN(const auto lost, lost_head());
  if (lost) return {};
  log_.error(
      "the last commit that the index knows, {}, is not in the store (vcsctl repair may bring it "
      "back)",
      known.short_hex());
  return name_commit(kLostHead, known);
}

void AfterDamage::continue_behind(const ObjectId& commit) {
  const base::Lock lock(parts_.head.mutex());
  continued_ = commit;
}

std::optional<ObjectId> AfterDamage::next_parent() const {
  const base::Lock lock(parts_.head.mutex());
  return continued_ ? continued_ : parts_.head.id_while_held();
}

Result<ObjectId> AfterDamage::base_tree() {
  {
    const base::Lock lock(parts_.head.mutex());
    if (base_tree_) return *base_tree_;
  }
  return parts_.head.tree();
}

void AfterDamage::forget_base_tree() {
  const base::Lock lock(parts_.head.mutex());
  base_tree_.reset();
}

void AfterDamage::move_head(const ObjectId& commit) {
  const base::Lock lock(parts_.head.mutex());
  parts_.head.move_to(commit);
  base_tree_.reset();
  continued_.reset();
}

Result<bool> AfterDamage::head_tree_is_readable() {
  VCS_ASSIGN(const ObjectId tree, parts_.head.tree());
  bool readable = true;
  VCS_TRY(walk_readable(
      parts_.nodes, tree, [](const object::LeafItem&) { return Result<void>(); },
      [&](const Error&) { readable = false; }));
  return readable;
}

// Builds the tree anew from its entries. Unchanged nodes get their old ids, and only nodes that the
// store lacks are appended.
Result<void> AfterDamage::doubt_everything(int level) {
  const ObjectId commit = parts_.head.id().value_or(ObjectId{});
  VCS_ASSIGN(const ObjectId tree, parts_.head.tree());
  VCS_TRY(parts_.index.clear());
  store::FrameBuilder frames(parts_.store, object::ObjectKind::tree_node, level);
  const object::EmitObject emit = [&](const ObjectId& id, Bytes node) {
    return parts_.store.claim(id) ? frames.add(id, node) : Result<void>();
  };
  tree::TreeWriter writer(parts_.nodes, emit);
  UnseenEntries unseen(parts_.index);
  const auto entry = [&](const object::LeafItem& item) -> Result<void> {
    VCS_TRY(writer.add_entry(item));
    return unseen.add(item.path, item.entry);
  };
  VCS_TRY(walk_readable(parts_.nodes, tree, entry, [&](const Error& why) {
    log_.error("a part of the tree of commit {} is lost and is rebuilt from the files: {}",
               commit.short_hex(), why.message);
  }));
  VCS_ASSIGN(const ObjectId root, writer.finish());
  VCS_TRY(frames.flush());
  VCS_TRY(unseen.finish(commit));
  const base::Lock lock(parts_.head.mutex());
  base_tree_ = root;
  return {};
}

}  // namespace vcs::history
