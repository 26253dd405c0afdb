// SPDX-License-Identifier: Apache-2.0
// Turns marks into a commit: scan, ingest, tree, commit, ref, index. Every save takes this route.
//
// Objects are durable before the commit, the commit before the ref, the ref before the index. A
// step that fails leaves the steps before it as harmless garbage and the repository at its old
// head.
//
// Not thread-safe: one save at a time. It lives as long as its repository is watched, because it
// remembers the entries that it put off.
#pragma once

#include <atomic>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/snapshot/deferred_entries.hpp"
#include "core/snapshot/ingest_types.hpp"
#include "core/snapshot/root_entry.hpp"
#include "core/snapshot/snapshot_types.hpp"
#include "core/worktree/unstable_files.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::worktree {
class TreeScan;
}

namespace vcs::snapshot {

class Draft;

struct SnapshotOptions {
  worktree::ScanOptions scan;
  IngestOptions ingest;
  std::string device;         // of the commits
  bool record_owner = false;  // useful only if a restore may change the owner of files
  base::Nanos unstable_interval =
      std::chrono::seconds(60);  // a file that never rests is captured this often
};

// For `status`; any thread may read it while a save runs.
struct SnapshotProgress {
  enum class Stage { idle, reading, committing };
  std::atomic<Stage> stage{Stage::idle};
  IngestProgress ingest;
};

class Snapshotter {
 public:
  Snapshotter(history::Repository& repository, const object::Chunker& chunker,
              const base::Clock& clock, base::ThreadPool& pool, const base::Log& log);

  // Manual commits take files that are being written (marked unstable) and changes of mtime alone;
  // automatic ones put off both. Errors: cancelled, no_space, io … of the store or the root; then
  // the repository is at its old head and usable.
  Result<SnapshotOutcome> take(std::shared_ptr<base::Directory> root,
                               const SnapshotRequest& request, const SnapshotOptions& options);
  // The next full scan reads every file, and stores every object that the store lacks. From any
  // thread.
  void read_everything() { read_everything_ = true; }
  const SnapshotProgress& progress() const { return progress_; }

 private:
  // Adds marks to the request for further paths that are to be compared.
  Result<SnapshotOutcome> attempt(std::shared_ptr<base::Directory> root, SnapshotRequest& request,
                                  const SnapshotOptions& options, bool read_everything);
  Result<SnapshotOutcome> attempt_after_loss(std::shared_ptr<base::Directory> root,
                                             const SnapshotRequest& request,
                                             const SnapshotOptions& options, const Error& why);
  void mark_other_names(base::Directory& root, std::vector<worktree::Mark>& marks) const;
  void remember_linked(const std::vector<worktree::LinkedFile>& files);
  Result<std::unique_ptr<worktree::TreeScan>> start_scan(
      const std::shared_ptr<base::Directory>& root, const SnapshotRequest& request,
      const SnapshotOptions& options);
  Result<void> read(std::shared_ptr<base::Directory> root, worktree::TreeScan& scan,
                    const SnapshotRequest& request, const SnapshotOptions& options,
                    bool read_everything, Draft& draft);
  Result<void> commit(Draft& draft, const SnapshotRequest& request, const SnapshotOptions& options,
                      object::TreeEntry top, SnapshotOutcome& outcome);
  Result<bool> must_commit(const Draft& draft, const SnapshotRequest& request,
                           const object::TreeEntry& top, bool read_everything);
  Result<std::optional<object::TreeEntry>> last_top();
  void settle_owed(const SnapshotOutcome& outcome);
  Result<void> keep_head(Draft& draft, SnapshotOutcome& outcome);
  bool is_known_deferred(const worktree::Candidate& candidate) const;

  history::Repository& repository_;
  const object::Chunker& chunker_;
  const base::Clock& clock_;
  base::ThreadPool& pool_;
  base::Log log_;
  SnapshotProgress progress_;
  DeferredEntries deferred_;
  std::unordered_set<std::uint64_t> linked_;  // inodes of files that were seen with several names
  worktree::UnstableFiles unstable_;
  RootEntry top_;  // of the worktree
  std::atomic<bool> read_everything_{false};
  std::uint64_t losses_ = 0;          // of the store, when the attempt began
  bool looks_at_everything_ = false;  // the next save scans everything, whatever its marks are
};

}  // namespace vcs::snapshot
