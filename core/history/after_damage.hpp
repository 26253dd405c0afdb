// SPDX-License-Identifier: Apache-2.0
// State and operations that a repository needs only after damage: the head that was lost, names for
// commits that a remote may still have, a parent and a base tree for the next commit in place of
// the head's, and the doubt in everything known of the worktree. core/sync/repair.hpp fetches lost
// objects from remotes.
//
// Threads: the one writer at a time. A repair may call lost_head(), the functions for names and
// continue_behind() beside it. The lock of the head guards all state, so the replacements end in
// the moment in which the head moves. No file is read or written under that lock.
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
  // Parts of the repository; they outlive this.
  struct Parts {
    store::ObjectStore& store;
    index::Index& index;
    tree::NodeSource& nodes;
    RefStore& refs;
    Head& head;
  };
  AfterDamage(const Parts& parts, const base::Log& log) : parts_(parts), log_(log) {}

  // --- Names of commits ---

  // Nothing: there is no such name, or its file is damaged.
  Result<std::optional<object::ObjectId>> named_commit(const std::string& ref);
  // Gives `commit` the name `ref`. Durable.
  Result<void> name_commit(const std::string& ref, const object::ObjectId& commit);
  // No error if there is no such name.
  Result<void> forget_name(const std::string& ref);

  // The commit that was the head and was not in the store when it was opened. Nothing: none.
  Result<std::optional<object::ObjectId>> lost_head();
  Result<void> forget_lost_head();
  // Called when the repository is opened. The index names a durable commit: if the store lacks it,
  // packs and refs were lost together. Then it becomes the lost head, unless there is one already.
  Result<void> miss_what_the_index_knew();

  // --- What the next commit begins with ---

  // Makes `commit` the parent of the next commit instead of the head: the end of the chain that
  // damage had cut off.
  void continue_behind(const object::ObjectId& commit);
  // The parent of the next commit; nothing: it is the first.
  std::optional<object::ObjectId> next_parent() const;
  // The tree that the next save starts from: the head's, or what doubt_everything() left of it.
  Result<object::ObjectId> base_tree();
  // Call it when the store has forgotten the appended nodes of a base tree that is not the head's.
  void forget_base_tree();
  // The head moves, and in the same moment what was in its place is of the past.
  void move_head(const object::ObjectId& commit);

  // --- Doubt ---

  // Clears the index, so that the next scan reads every file. Appends nodes of the head's tree that
  // the store lacks, if a cache still has them. base_tree() leaves out parts that nobody can read.
  Result<void> doubt_everything(int level);
  // False: some part of the head's tree is lost. An error: it cannot be checked now.
  Result<bool> head_tree_is_readable();

 private:
  void forget_cached_name(const std::string& ref);

  const Parts parts_;
  const base::Log log_;
  // In place of the head's.
  std::optional<object::ObjectId> base_tree_ VCS_GUARDED_BY(parts_.head.mutex());
  // The next commit's parent in place of the head.
  std::optional<object::ObjectId> continued_ VCS_GUARDED_BY(parts_.head.mutex());
  // Cached from the first read until it changes, as each save asks for it.
  std::optional<std::optional<object::ObjectId>> lost_head_ VCS_GUARDED_BY(parts_.head.mutex());
  std::uint64_t lost_head_changes_ VCS_GUARDED_BY(parts_.head.mutex()) = 0;
};

}  // namespace vcs::history
