// SPDX-License-Identifier: Apache-2.0
// A clone that was cut off while it fetched: its data folder is no repository yet, and says which
// folder and remote it is for, so that the same command goes on with what has come.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/filesystem.hpp"

namespace vcs::agent {

// Durable. `data`: the folder that is to become a repository's.
Result<void> mark_clone(base::Directory& data, const std::string& worktree, const std::string& url);
// It has become one.
Result<void> unmark_clone(base::Directory& data);

// The name of the data folder, in the folder of all repositories, of an unfinished clone of `url`
// into `worktree`. Those of other remotes into the same worktree are given up and removed.
std::optional<std::string> find_unfinished_clone(base::Directory& repositories,
                                                 const std::string& worktree,
                                                 const std::string& url);

// The data folders of clones that nobody has gone on with since `before`.
std::vector<std::string> abandoned_clones(base::Directory& repositories, base::UnixNanos before);

}  // namespace vcs::agent
