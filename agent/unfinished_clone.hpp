// SPDX-License-Identifier: Apache-2.0
// Marks an unfinished clone, which was cut off while it fetched. Its data folder is no repository
// yet; the mark names its worktree and remote, so that the same command goes on with the fetched
// objects.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/filesystem.hpp"

namespace vcs::agent {

// Durable when it returns. `data`: the data folder of the future repository.
Result<void> mark_clone(base::Directory& data, const std::string& worktree, const std::string& url);
// Removes the mark; the folder has become a repository's.
Result<void> unmark_clone(base::Directory& data);

// The name of the data folder, in the folder of all repositories, of an unfinished clone of `url`
// into `worktree`. Removes unfinished clones of other remotes into the same worktree.
std::optional<std::string> find_unfinished_clone(base::Directory& repositories,
                                                 const std::string& worktree,
                                                 const std::string& url);

// The data folders of unfinished clones that no command has gone on with since `before`.
std::vector<std::string> abandoned_clones(base::Directory& repositories, base::UnixNanos before);

}  // namespace vcs::agent
