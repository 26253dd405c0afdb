// SPDX-License-Identifier: Apache-2.0
// Makes the filter of folders that get no watch: those that the ignore rules leave out, .vcsignore
// files included.
#pragma once

#include <memory>

#include "agent/watch/watcher.hpp"
#include "core/worktree/ignore_rules.hpp"

namespace vcs::agent::watch {

// The filter reads the rules of a folder once. When an ignore file changes, watching starts again
// with a new filter. The filesystem must outlive the filter. The filter keeps nothing open, so that
// the root can be unmounted.
FolderFilter make_watch_filter(base::FileSystem& filesystem, std::string root,
                               std::shared_ptr<const worktree::IgnorePatterns> configured,
                               bool honor_gitignore);

}  // namespace vcs::agent::watch
