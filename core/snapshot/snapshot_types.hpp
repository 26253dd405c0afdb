// SPDX-License-Identifier: Apache-2.0
// The request for a snapshot, and its outcome.
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
  // A caller waits for the state on disk now: capture files that are being written as they are.
  bool take_restless = false;
  bool list_differences = false;  // fill SnapshotOutcome::differing
};

// A file that is being written, and the time after which to read it again.
struct RestlessFile {
  std::string path;
  base::Nanos after{};
  worktree::Mark mark() const { return {path, false, true}; }
};

// One member for each list that a caller asks about.
struct SnapshotOutcome {
  bool created = false;
  object::ObjectId id;  // of the new commit, or the head when nothing had changed
  object::Commit commit;
  std::vector<worktree::Problem> problems;  // entries that could not be saved; the commit has
                                            // them as the last commit has them
  std::vector<worktree::Mark>
      retry;  // scan these again soon: they vanished or were replaced meanwhile
  std::vector<RestlessFile> restless;  // files that were not saved: they are being written
  std::uint64_t differences = 0;       // entries that differed from the last commit
  std::vector<std::string> differing;  // on request: the first of those entries that are at rest
  std::vector<std::vector<std::string>> same_files;  // on request: names of one file, captured now
  std::vector<std::string> special;    // FIFOs, sockets and devices that were seen and skipped
  std::vector<std::string> builtin;    // files that a built-in rule leaves out
  std::vector<std::string> absent;     // marked paths that are missing on disk
  std::vector<std::string> unmounted;  // folders whose filesystem is away: nothing is deleted there
  std::vector<worktree::LinkedFile> linked;  // files with several names that were seen
  history::OwedEntries
      owed;           // missing on disk, as nobody has written them there: the commit keeps them
  bool full = false;  // the scan covered the whole worktree
};

}  // namespace vcs::snapshot
