// SPDX-License-Identifier: Apache-2.0
// The history of one worktree: opens its lock, store, refs and index in the right order and makes
// them agree.
//
// Threads: head(), read_commit(), store(), nodes(), graph() and owed() from any thread; everything
// else from the one writer at a time. AfterDamage lists what a repair may call beside the writer.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/filesystem.hpp"
#include "core/base/guarded.hpp"
#include "core/base/log.hpp"
#include "core/history/commit_chain.hpp"
#include "core/history/head.hpp"
#include "core/history/owed.hpp"
#include "core/history/ref_store.hpp"
#include "core/index/index.hpp"
#include "core/index/mounts.hpp"
#include "core/object/commit.hpp"
#include "core/store/object_store.hpp"
#include "core/tree/tree.hpp"

namespace vcs::history {

class AfterDamage;
class CommitGraph;

class Repository final : public CommitSource {
 public:
  // Opens the repository in `directory` (its own folder: packs/, index/, refs/, lock), creating
  // what is missing. `holder` is written into the lock file ("pid 4711"), so that a second writer
  // can be told who holds it: `busy`.
  static Result<std::unique_ptr<Repository>> open(std::unique_ptr<base::Directory> directory,
                                                  const store::StoreOptions& options,
                                                  const std::string& holder, const base::Log& log);

  ~Repository();

  base::Directory& directory() { return *directory_; }
  store::ObjectStore& store() { return *store_; }
  index::Index& index() { return *index_; }
  tree::NodeSource& nodes() { return *nodes_; }
  CommitGraph& graph() { return *graph_; }
  // As CommitGraph::catch_up. From any thread.
  Result<std::uint64_t> catch_up_graph(const std::atomic<bool>& cancelled);

  // The known mounts below the worktree's root.
  const index::Mounts& mounts() const { return mounts_; }
  // Durable, unless nothing is new. Call it before the commit of the scan that saw them. A failed
  // write is logged and repeated with the next news.
  void remember_mounts(const std::vector<index::MountSighting>& news);
  // Forgets mounts whose folder is no longer indexed.
  void forget_removed_mounts();

  // Nothing: all files of the head were written here once.
  std::optional<Owed> owed() const { return owed_->get(); }
  // Durable. Call it before the head moves to the commit whose files are owed. From any thread.
  Result<void> set_owed(const std::optional<Owed>& owed) { return owed_->set(owed); }
  // Marks all files of the head as owed and clears the index, whose scans saw another folder.
  // Durable. From any thread; waits for a save that runs.
  Result<void> owe_everything(base::UnixNanos since);
  // Nothing is owed any more. Durable. From any thread; waits for a save that runs, as its scan may
  // have come before the last file was written.
  Result<void> owe_nothing();
  // A save holds it while the index changes; owe_everything() and owe_nothing() do, too.
  base::Mutex& turn() VCS_RETURNS_LOCK(turn_) { return turn_; }

  // Nothing: no commit yet.
  std::optional<object::ObjectId> head() const { return head_->id(); }
  // Keeps the head's commit in memory, as every save asks for it.
  Result<object::Commit> read_commit(const object::ObjectId& id) override {
    return head_->read_commit(id);
  }
  // The head's root tree; all zero when there is no commit yet.
  Result<object::ObjectId> head_tree() { return head_->tree(); }
  // Moves the head to a commit that is already durable in the store.
  Result<void> set_head(const object::ObjectId& commit);
  // Writes the head's ref durably, so that no log is needed to find the head.
  Result<void> secure_head();

  // The head and the commits of the other refs: the history of each must be readable.
  Result<std::vector<object::ObjectId>> heads();

  // Brings the index to the head: marks the entries of paths that changed between the index's
  // commit and the head for a recheck. After a lost index it marks every path of the head.
  Result<void> reconcile_index();
  // True if reconcile_index() is needed: the index update of the last commit has failed or is lost.
  bool index_lags() const;

  // State and operations that are needed only after damage.
  AfterDamage& after_damage() { return *after_damage_; }

  // Frees memory that lookups have filled: up to the size of all indexes.
  void trim_memory() const;

 private:
  Repository() = default;

  std::unique_ptr<base::Directory> directory_;
  std::unique_ptr<base::File> lock_;
  std::unique_ptr<store::ObjectStore> store_;
  std::unique_ptr<history::RefStore> refs_;
  std::unique_ptr<Head> head_;
  std::unique_ptr<index::Index> index_;
  std::unique_ptr<tree::NodeSource> nodes_;
  std::unique_ptr<AfterDamage> after_damage_;  // of the five above
  std::unique_ptr<CommitGraph> graph_;
  base::Log log_;
  index::Mounts mounts_, written_mounts_;
  std::unique_ptr<OwedMark> owed_;
  base::Mutex turn_;  // before the locks of the parts
};

}  // namespace vcs::history
