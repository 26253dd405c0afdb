// SPDX-License-Identifier: Apache-2.0
// What the next commit is made of, while the ingest brings it.
//
// Few changes are gathered until it is clear that they are worth a commit; many are, and flow into
// new tree nodes and a new index as they come, so that memory does not grow with them. A tree does
// not remember in which portions it was made.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/history/owed.hpp"
#include "core/object/commit.hpp"
#include "core/snapshot/deferred_entries.hpp"
#include "core/snapshot/ingest_types.hpp"
#include "core/snapshot/shared_files.hpp"
#include "core/store/frame_builder.hpp"
#include "core/tree/tree.hpp"
#include "core/worktree/unstable_files.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::snapshot {

// One thread at a time. What it appends to the store and the index counts for nothing before a
// commit.
class Draft {
 public:
  // `deferred` is what earlier snapshots put off; it joins the commit.
  static Result<std::unique_ptr<Draft>> start(history::Repository& repository,
                                              DeferredEntries& deferred,
                                              worktree::UnstableFiles& unstable, bool record_owner,
                                              int level);

  // From now on differing() gathers, up to ten thousand paths of what is at rest.
  void list_differences() { lists_differences_ = true; }

  // Candidates come in tree order.
  Result<void> add(const worktree::Candidate& candidate, Ingested& ingested);
  // After the last candidate: what was captured of files that have other names, too, is true of
  // these, also where they had been looked at before it happened.
  Result<void> add_other_names(base::Directory& root);

  // A manual commit takes changes of mtime alone too.
  bool is_worth_a_commit(bool manual) const;
  // The root of the new tree, with what was put off. Its nodes are appended.
  Result<object::ObjectId> finish_tree();
  // Puts off what was not worth a commit.
  void defer();
  // The index speaks of `commit`, which is durable.
  Result<void> finish_index(const object::ObjectId& commit);

  const object::ChangeCounts& changed() const { return changed_; }
  std::uint64_t differences() const { return differences_; }
  std::uint64_t unstable() const { return unstable_; }
  std::vector<std::vector<std::string>> same_files() const { return shared_.names_together(); }
  std::vector<std::string>& differing() { return differing_; }
  std::vector<worktree::Problem>& problems() { return problems_; }
  std::vector<worktree::Mark>& retry() { return retry_; }
  // Files that were not captured because they are being written; true: held open, and unread.
  const std::map<std::string, bool>& restless() const { return restless_; }
  // Entries that are not on the disk and stay all the same, for nobody has written them here yet.
  const history::OwedEntries& owed() const { return owed_entries_; }

 private:
  Draft(history::Repository& repository, DeferredEntries& deferred,
        worktree::UnstableFiles& unstable, bool record_owner, int level,
        const object::ObjectId& old_root);

  void supersede(const std::string& path);
  void drop_superseded();
  bool is_owed(const std::string& path) const;
  Result<void> add_deletion(const std::string& path, bool was_there);
  Result<void> add_captured(const std::string& path, Ingested& ingested,
                            const std::optional<object::TreeEntry>& old);
  Result<void> add_other_name(base::Directory& root, const SharedFiles::OtherName& other);
  Result<void> add_edit(tree::TreeEdit edit);
  Result<void> flow(std::vector<tree::TreeEdit> edits);

  history::Repository& repository_;
  DeferredEntries& deferred_;
  worktree::UnstableFiles& unstable_files_;
  const bool record_owner_;
  const object::ObjectId old_root_;
  const bool owes_;  // files of the head
  history::OwedEntries owed_entries_;
  std::string no_folder_;  // the last path that was captured and is no folder
  object::ObjectId root_;
  store::FrameBuilder nodes_;
  std::unique_ptr<index::Index::Update> index_;
  bool index_changes_ = false;
  std::vector<tree::TreeEdit> edits_;    // not in root_ yet
  std::size_t edit_bytes_ = 0;           // of their paths
  std::vector<std::string> superseded_;  // in deferred_, but looked at anew
  DeferredEntries soft_;                 // the same, of mtime alone
  std::uint64_t differences_ = 0, unstable_ = 0;
  bool lists_differences_ = false;
  std::vector<std::string> differing_;
  object::ChangeCounts changed_;
  SharedFiles shared_;
  std::vector<worktree::Problem> problems_;
  std::vector<worktree::Mark> retry_;
  std::map<std::string, bool> restless_;
};

}  // namespace vcs::snapshot
