// SPDX-License-Identifier: Apache-2.0
// Opens and stats paths of several components below a folder. It opens each component by itself,
// so it follows no symlink on the way.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/filesystem.hpp"

namespace vcs::worktree {

// Opens a folder below `root`. `path` has components with '/' between them, and is not empty.
Result<std::unique_ptr<base::Directory>> open_folder_below(base::Directory& root,
                                                           std::string_view path);
// The stat data of the entry at `path`, of any type. not_found; io.
Result<base::FileStat> stat_below(base::Directory& root, std::string_view path);

}  // namespace vcs::worktree
