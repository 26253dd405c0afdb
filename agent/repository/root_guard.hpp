// SPDX-License-Identifier: Apache-2.0
// Tells a worktree that was emptied by its owner from one that is not there: unmounted, replaced,
// unreadable.
//
// A missing root must never look like the deletion of everything. Whatever is in doubt suspends the
// repository; nothing is committed, and it goes on by itself when the root is back.
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

// Opens `worktree` for a snapshot. `known` is the identity seen last. Error `unavailable` with the
// reason to show: suspend.
//   - it cannot be opened or read (gone, no permission, EIO)
//   - it is empty although the last commit has entries, and it is not provably the folder that was
//     seen last: the same inode of the same device, made at the same time, and no top of a
//     filesystem, which a fresh disk would be as well
//   - it lies on another filesystem than last time and holds none of the names that the last
//     commit has at its top
Result<GuardedRoot> open_guarded_root(base::FileSystem& filesystem, const std::string& worktree,
                                      const std::optional<config::RootIdentity>& known,
                                      history::Repository& repository);

// To come before files of a history are written into `worktree`. Where it is not the folder that
// was seen last (emptied, replaced, made anew), what is not written there was not deleted: all that
// the head names is owed from then on. True: so. Blocks; any thread.
Result<bool> owe_if_replaced(base::FileSystem& filesystem, const std::string& worktree,
                             const std::optional<config::RootIdentity>& known,
                             history::Repository& repository, base::UnixNanos now);

// How far a folder looks like the one that a repository was saved from.
struct Likeness {
  config::RootIdentity identity;  // of the folder
  bool same_folder = false;       // it is the very folder that was seen last
  bool empty = false;             // nothing lies in it
  std::size_t names = 0;          // at the top of the last commit, as far as they were compared
  std::size_t there = 0;          // of these, in the folder

  // Half of the names are there, or nothing was saved yet.
  bool fits() const { return same_folder || 2 * there >= names; }
  // Whoever has nothing to compare recognises nothing.
  bool resembles() const { return same_folder || (names > 0 && fits()); }
};
Result<Likeness> compare_folder(base::Directory& directory,
                                const std::optional<config::RootIdentity>& known,
                                history::Repository& repository);

}  // namespace vcs::agent::repository
