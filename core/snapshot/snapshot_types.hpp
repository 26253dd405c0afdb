// SPDX-License-Identifier: Apache-2.0
// What a snapshot is asked for, and what came of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/history/owed.hpp"
#include "core/object/commit.hpp"
#include "core/object/object_id.hpp"
#include "core/worktree/scan_types.hpp"

namespace vcs::snapshot {

struct SnapshotRequest {
  std::vector<worktree::Mark> marks;
  object::CommitKind kind = object::CommitKind::automatic;
  std::string message;
  // Somebody waits for what is on disk now: files that are being written are taken as they are.
  bool take_restless = false;
  bool list_differences = false;  // the outcome is to say which entries differed
};

// A file to look at again, after some time.
struct RestlessFile {
  std::string path;
  base::Nanos after{};
  worktree::Mark mark() const { return {path, false, true}; }
};

struct SnapshotOutcome {
  bool created = false;
  object::ObjectId id;  // of the new commit, or the head when nothing had changed
  object::Commit commit;
  std::vector<worktree::Problem> problems;  // what could not be captured, and stays as the
                                            // last commit has it
  std::vector<worktree::Mark>
      retry;  // look here again soon: what vanished or was replaced meanwhile
  std::vector<RestlessFile> restless;  // files that were left alone because they are being written
  std::uint64_t differences = 0;       // entries that differed from the last commit
  std::vector<std::string> differing;  // the first of those at rest, when they were asked for
  std::vector<std::vector<std::string>> same_files;  // names of one file among them
  std::vector<std::string> special;    // FIFOs, sockets and devices that were seen and skipped
  std::vector<std::string> builtin;    // files that a built-in rule leaves out
  std::vector<std::string> absent;     // marks where nothing is any more
  std::vector<std::string> unmounted;  // folders whose filesystem is away: nothing is deleted there
  std::vector<worktree::LinkedFile> linked;  // files with several names that were seen
  history::OwedEntries
      owed;           // not on the disk, because they were never written there: kept as they were
  bool full = false;  // the whole worktree was looked at
};

}  // namespace vcs::snapshot
