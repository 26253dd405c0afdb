// SPDX-License-Identifier: Apache-2.0
// Distinguishes a worktree that its owner has emptied from one that is not there: unmounted,
// replaced, unreadable.
//
// A missing root must never count as the deletion of everything. Any doubt suspends the repository:
// nothing is committed, and watching goes on by itself when the root is back.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/repository_file.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::agent::repository {

config::RootIdentity identity_of(base::Directory& folder, const base::FileStat& stat);

struct GuardedRoot {
  std::shared_ptr<base::Directory> directory;
  config::RootIdentity identity;
};

// Opens `worktree` for a snapshot. `known` is the identity seen last. `unavailable`, with the
// reason to show, means suspend:
//   - the folder cannot be opened or read (gone, no permission, EIO)
//   - it is empty although the last commit has entries, and it is not provably the folder seen
//     last: the same inode of the same device, made at the same time, and not the top of a
//     filesystem, because the top of a fresh disk looks the same
//   - it lies on another filesystem than last time and holds none of the names that the last
//     commit has at its top
Result<GuardedRoot> open_guarded_root(base::FileSystem& filesystem, const std::string& worktree,
                                      const std::optional<config::RootIdentity>& known,
                                      history::Repository& repository);

// To be called before files of a history are written into `worktree`. If it is not the folder seen
// last (emptied, replaced, made anew), a file that is not written there was not deleted: all files
// of the head are owed from then on, and it returns true. Blocks; any thread.
Result<bool> owe_if_replaced(base::FileSystem& filesystem, const std::string& worktree,
                             const std::optional<config::RootIdentity>& known,
                             history::Repository& repository, base::UnixNanos now);

// How far a folder looks like the one that a repository was saved from.
struct Likeness {
  config::RootIdentity identity;  // of the folder
  bool same_folder = false;       // it is the very folder that was seen last
  bool empty = false;             // it has no entries
  std::size_t names = 0;          // names at the top of the last commit that were compared
  std::size_t there = 0;          // how many of these the folder has

  // Half of the names are there, or nothing was saved yet.
  bool fits() const { return same_folder || 2 * there >= names; }
  // fits(), and there were names to compare.
  bool resembles() const { return same_folder || (names > 0 && fits()); }
};
Result<Likeness> compare_folder(base::Directory& directory,
                                const std::optional<config::RootIdentity>& known,
                                history::Repository& repository);

}  // namespace vcs::agent::repository
