// SPDX-License-Identifier: Apache-2.0
// What a repository keeps and does after damage, beside its everyday: the head that was lost, names
// for commits that somebody may still have, what the next commit begins with in place of the head,
// and the doubt in all that is known of the worktree. core/sync/repair.hpp brings back what remotes
// have.
//
// Threads: the one writer at a time. A repair may use lost_head(), the names and continue_behind()
// beside it. All state has the lock of the head, so what is in its place is gone in the moment in
// which it moves. No file is read or written under that lock.
#pragma once

#include <optional>
#include <string>

#include "core/base/log.hpp"
#include "core/history/head.hpp"
#include "core/history/ref_store.hpp"
#include "core/index/index.hpp"
#include "core/store/object_store.hpp"
#include "core/tree/node_source.hpp"

namespace vcs::history {

class AfterDamage {
 public:
  // Of the repository; they outlive this.
  struct Parts {
    store::ObjectStore& store;
    index::Index& index;
    tree::NodeSource& nodes;
    RefStore& refs;
    Head& head;
  };
  AfterDamage(const Parts& parts, const base::Log& log) : parts_(parts), log_(log) {}

  // --- Names of commits ---

  // Nothing: there is no such name, or it is damaged and tells nothing.
  Result<std::optional<object::ObjectId>> named_commit(const std::string& ref);
  // Gives `commit` a name, durable.
  Result<void> name_commit(const std::string& ref, const object::ObjectId& commit);
  // No error where there is no such name.
  Result<void> forget_name(const std::string& ref);

  // The commit that was the head and was not in the store when it was opened. Nothing: none.
  Result<std::optional<object::ObjectId>> lost_head();
  Result<void> forget_lost_head();
  // When the repository is opened. The index names a durable commit: if the store lacks it, packs
  // and refs were lost together, and it becomes the lost head unless there is one.
  Result<void> miss_what_the_index_knew();

  // --- What the next commit begins with ---

  // It goes on behind `commit` instead of the head: the line of commits that damage had cut off.
  void continue_behind(const object::ObjectId& commit);
  // What it goes on behind; nothing: it is the first.
  std::optional<object::ObjectId> next_parent() const;
  // What the next snapshot builds on: the head's tree, or what doubt_everything() has left of it.
  Result<object::ObjectId> base_tree();
  // The appended nodes of a base tree that is not the head's were forgotten.
  void forget_base_tree();
  // The head moves, and in the same moment what was in its place is of the past.
  void move_head(const object::ObjectId& commit);

  // --- Doubt ---

  // Nothing that is known of the worktree counts any more, so that the next look at it reads every
  // file; nodes of the head's tree that the store lacks are appended anew where somebody still
  // knows them. Parts of the tree that nobody can read are left out of base_tree().
  Result<void> doubt_everything(int level);
  // False: some part of the head's tree is lost. An error: it cannot be told now.
  Result<bool> head_tree_is_readable();

 private:
  void forget_cached_name(const std::string& ref);

  const Parts parts_;
  const base::Log log_;
  // In place of the head's.
  std::optional<object::ObjectId> base_tree_ VCS_GUARDED_BY(parts_.head.mutex());
  // The next commit's parent in place of the head.
  std::optional<object::ObjectId> continued_ VCS_GUARDED_BY(parts_.head.mutex());
  // Once it was read, until it changes: each save asks for it.
  std::optional<std::optional<object::ObjectId>> lost_head_ VCS_GUARDED_BY(parts_.head.mutex());
  std::uint64_t lost_head_changes_ VCS_GUARDED_BY(parts_.head.mutex()) = 0;
};

}  // namespace vcs::history
