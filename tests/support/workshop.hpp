// SPDX-License-Identifier: Apache-2.0
// A worktree with its repository, for tests of the way from a save to a commit: real files, a real
// store, and a clock far from all file times, so that no file is racy by accident.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/snapshot/snapshotter.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

struct WorkshopOptions {
  // The filesystem of the repository, and the one that snapshots read. Null: the real one. The
  // workshop itself saves and removes on the real one.
  base::FileSystem* files = nullptr;
  base::FileSystem* worktree_files = nullptr;
  std::size_t lanes = 2;
  std::string worktree{}, data{};  // existing folders; "": a temporary one
  std::uint64_t seal_at = 1u << 20;
  bool open = true;  // false: reopen() comes first
};

class Workshop {
 public:
  explicit Workshop(const WorkshopOptions& places);
  explicit Workshop(base::FileSystem* files = nullptr, std::size_t lanes = 2,
                    base::FileSystem* worktree_files = nullptr)
      : Workshop(WorkshopOptions{files, worktree_files, lanes}) {}

  std::string at(const std::string& path) const { return worktree_path_ + "/" + path; }
  void save(const std::string& path,
            const std::string& content);  // makes missing folders
  void make_folder(const std::string& path);
  void remove(const std::string& path);  // with all below
  void rename(const std::string& from, const std::string& to);

  // A snapshot of the given paths (each with all below it); without any, of everything.
  base::Result<snapshot::SnapshotOutcome> try_snap(std::vector<worktree::Mark> marks,
                                                   object::CommitKind kind,
                                                   const std::string& message = "");
  snapshot::SnapshotOutcome snap(const std::vector<std::string>& paths = {});
  snapshot::SnapshotOutcome snap_manually();
  // As for a person who waits: also takes files that are being written.
  snapshot::SnapshotOutcome snap_with_restless();

  // The head's tree: path to content, "<folder>", or "-> target".
  std::map<std::string, std::string> tree();
  // Of another commit.
  std::map<std::string, std::string> tree_of(const object::ObjectId& commit);
  // The same for the worktree on disk.
  std::map<std::string, std::string> disk() const;

  // Closes the repository and opens it again, as an agent that was restarted does.
  base::Result<void> reopen();
  void close();
  bool is_open() const { return repository_ != nullptr; }
  const std::string& data() const { return data_path_; }  // the repository's own folder
  // The next snapshot of everything reads every file.
  void read_everything() { snapshotter_->read_everything(); }

  history::Repository& repository() { return *repository_; }
  // Of the snapshot that runs; may be read from any thread.
  const snapshot::SnapshotProgress& progress() const { return snapshotter_->progress(); }
  ManualClock& clock() { return clock_; }
  snapshot::SnapshotOptions options;

 private:
  std::optional<TemporaryFolder> worktree_, data_;  // the temporary ones
  const std::string worktree_path_, data_path_;
  const std::uint64_t seal_at_;
  std::unique_ptr<base::FileSystem> real_;
  base::FileSystem* files_;
  base::FileSystem* worktree_files_;
  ManualClock clock_;
  base::ThreadPool pool_;
  object::Chunker chunker_;
  std::unique_ptr<history::Repository> repository_;
  std::unique_ptr<snapshot::Snapshotter> snapshotter_;
};

}  // namespace vcs::test
