// SPDX-License-Identifier: Apache-2.0
// The history of one worktree: its lock, store, refs and index, opened in the right order and
// brought into agreement.
//
// Threads: head(), read_commit(), store(), nodes(), graph() and owed() from any thread; everything
// else from the one writer at a time. What a repair may do beside it says AfterDamage.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/filesystem.hpp"
#include "core/base/guarded.hpp"
#include "core/base/log.hpp"
#include "core/history/after_damage.hpp"
#include "core/history/commit_chain.hpp"
#include "core/history/commit_graph.hpp"
#include "core/history/head.hpp"
#include "core/history/owed.hpp"
#include "core/history/ref_store.hpp"
#include "core/index/index.hpp"
#include "core/index/mounts.hpp"
#include "core/object/commit.hpp"
#include "core/store/object_store.hpp"
#include "core/tree/tree.hpp"

namespace vcs::history {

class Repository final : public CommitSource {
 public:
  // Opens the repository in `directory` (its own folder: packs/, index/, refs/, lock), creating
  // what is missing. `holder` is written into the lock file ("pid 4711"), so that a second writer
  // can be told who holds it: `busy`.
  static Result<std::unique_ptr<Repository>> open(std::unique_ptr<base::Directory> directory,
                                                  const store::StoreOptions& options,
                                                  const std::string& holder, const base::Log& log);

  base::Directory& directory() { return *directory_; }
  store::ObjectStore& store() { return *store_; }
  index::Index& index() { return *index_; }
  tree::NodeSource& nodes() { return *nodes_; }
  CommitGraph& graph() { return *graph_; }
  // As CommitGraph::catch_up. From any thread.
  Result<std::uint64_t> catch_up_graph(const std::atomic<bool>& cancelled);

  // What is known of mounts below the worktree's root.
  const index::Mounts& mounts() const { return mounts_; }
  // Durable, unless nothing is new; to come before the commit of what was seen. What cannot be
  // written is told to the log, and written with the next news.
  void remember_mounts(const std::vector<index::MountSighting>& news);
  // Those whose folder is not in the index any more are no concern.
  void forget_removed_mounts();

  // Nothing: all that the head names was written here once.
  std::optional<Owed> owed() const { return owed_->get(); }
  // Durable. To come before the head whose files are owed. From any thread.
  Result<void> set_owed(const std::optional<Owed>& owed) { return owed_->set(owed); }
  // All that the head names is owed, whatever the index has seen: it was seen in another folder.
  // Durable. From any thread; waits for a snapshot that runs.
  Result<void> owe_everything(base::UnixNanos since);
  // Nothing is owed any more. Durable. From any thread; waits for a snapshot that runs, which may
  // have looked before the last file was written.
  Result<void> owe_nothing();
  // Held while the index changes: by a snapshot, and above.
  base::Mutex& turn() VCS_RETURNS_LOCK(turn_) { return turn_; }

  // Nothing: no commit yet.
  std::optional<object::ObjectId> head() const { return head_->id(); }
  // The head's is kept in memory, for every save asks for it.
  Result<object::Commit> read_commit(const object::ObjectId& id) override {
    return head_->read_commit(id);
  }
  // The head's root tree; all zero when there is no commit yet.
  Result<object::ObjectId> head_tree() { return head_->tree(); }
  // Moves the head to a commit that is already durable in the store.
  Result<void> set_head(const object::ObjectId& commit);
  // Writes the head's ref so that no log is needed to tell it.
  Result<void> secure_head();

  // The head and what other refs name: all whose history must be readable.
  Result<std::vector<object::ObjectId>> heads();

  // Makes the index speak of the head: entries of paths that changed between the commit the index
  // knows and the head are marked for a recheck. After a lost index every path of the head is.
  Result<void> reconcile_index();
  // What reconcile_index() would mend: the last commit's update of the index has failed, or is
  // lost.
  bool index_lags() const;

  // What is kept and done after damage, and what the next commit begins with because of it.
  AfterDamage& after_damage() { return *after_damage_; }

  // Gives back what looking things up has brought into memory: up to the size of all indexes.
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
