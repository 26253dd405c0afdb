// SPDX-License-Identifier: Apache-2.0
// The next commit while the ingest delivers its entries.
//
// A few changes are kept in memory until it is clear that they are worth a commit. Many changes are
// always worth one: they go into new tree nodes and a new index as they come, so memory does not
// grow with them. The resulting tree is the same for any portions.
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

// It has many members because one pass fills three results: the tree, the index, and the lists of
// the outcome. One thread at a time. Before a commit, its additions to the store and the index have
// no effect.
class Draft {
 public:
  // `deferred`: entries that earlier saves put off; they join the commit.
  static Result<std::unique_ptr<Draft>> start(history::Repository& repository,
                                              DeferredEntries& deferred,
                                              worktree::UnstableFiles& unstable, bool record_owner,
                                              int level);

  // From now on differing() collects paths of changed files at rest, ten thousand at most.
  void list_differences() { lists_differences_ = true; }

  // Candidates come in tree order.
  Result<void> add(const worktree::Candidate& candidate, Ingested& ingested);
  // Call it after the last candidate. Enters the captured state of a file with several names under
  // its other names, too, even if the scan compared these before the change.
  Result<void> add_other_names(base::Directory& root);

  // A manual commit also takes changes of mtime alone.
  bool is_worth_a_commit(bool manual) const;
  // The root of the new tree, including the deferred entries. Its nodes are appended.
  Result<object::ObjectId> finish_tree();
  // Puts off the entries that were not worth a commit.
  void defer();
  // Brings the index to `commit`, which is durable.
  Result<void> finish_index(const object::ObjectId& commit);

  const object::ChangeCounts& changed() const { return changed_; }
  std::uint64_t differences() const { return differences_; }
  std::uint64_t unstable() const { return unstable_; }
  std::vector<std::vector<std::string>> same_files() const { return shared_.names_together(); }
  std::vector<std::string>& differing() { return differing_; }
  std::vector<worktree::Problem>& problems() { return problems_; }
  std::vector<worktree::Mark>& retry() { return retry_; }
  // Files that were not captured because a program writes them; true: held open, so not read.
  const std::map<std::string, bool>& restless() const { return restless_; }
  // Entries that are missing on disk but stay, as nobody has written their files here yet.
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
  const bool owes_;  // files of the head are owed
  history::OwedEntries owed_entries_;
  std::string no_folder_;  // the last captured path that is no folder
  object::ObjectId root_;
  store::FrameBuilder nodes_;
  std::unique_ptr<index::Index::Update> index_;
  bool index_changes_ = false;
  std::vector<tree::TreeEdit> edits_;    // not in root_ yet
  std::size_t edit_bytes_ = 0;           // of their paths
  std::vector<std::string> superseded_;  // in deferred_, but read anew
  DeferredEntries soft_;                 // not in root_ yet; only the mtime differs
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
