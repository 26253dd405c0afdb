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
#include "core/snapshot/repository.hpp"

namespace vcs::agent {

struct GuardedRoot {
  std::shared_ptr<base::Directory> directory;
  config::RootIdentity identity;
};

// Opens `worktree` for a snapshot. `known` is the identity seen last. Error `unavailable` with the
// reason to show: suspend.
//   - it cannot be opened or read (gone, no permission, EIO)
//   - it is empty although the last commit has entries, and it is not provably the folder that was
//   seen last: the same inode of the same device, and no top of a filesystem, which a fresh disk
//   would be as well
//   - it lies on another filesystem than last time and holds none of the names that the last commit
//   has at its top
base::Result<GuardedRoot> open_guarded_root(base::FileSystem& filesystem,
                                            const std::string& worktree,
                                            const std::optional<config::RootIdentity>& known,
                                            snapshot::Repository& repository);

// Is `directory` the folder that this repository was saved from, wherever it lies now? The same
// folder, or at least half of the names at the top of the last commit are there.
base::Result<bool> resembles(base::Directory& directory,
                             const std::optional<config::RootIdentity>& known,
                             snapshot::Repository& repository);

}  // namespace vcs::agent
