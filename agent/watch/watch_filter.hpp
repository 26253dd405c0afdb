// SPDX-License-Identifier: Apache-2.0
// Which folders are not worth a watch: those that the ignore rules leave out, .vcsignore files
// included.
#pragma once

#include <memory>

#include "agent/watch/watcher.hpp"
#include "core/worktree/ignore_rules.hpp"

namespace vcs::agent::watch {

// Rules are read once a folder; when an ignore file changes, watching starts anew with a new
// filter. The filesystem must outlive the filter. Nothing is kept open, so that the root can be
// unmounted.
FolderFilter make_watch_filter(base::FileSystem& filesystem, std::string root,
                               std::shared_ptr<const worktree::IgnorePatterns> configured,
                               bool honor_gitignore);

}  // namespace vcs::agent::watch
