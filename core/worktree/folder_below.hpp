// SPDX-License-Identifier: Apache-2.0
// What lies some folders below another: every component is opened by itself, so that no symlink is
// followed on the way.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/filesystem.hpp"

namespace vcs::worktree {

// Opens a folder below `root`. `path` has components with '/' between them, and is not empty.
Result<std::unique_ptr<base::Directory>> open_folder_below(base::Directory& root,
                                                           std::string_view path);
// What is known of what lies at `path`, whatever it is. not_found; io.
Result<base::FileStat> stat_below(base::Directory& root, std::string_view path);

}  // namespace vcs::worktree
