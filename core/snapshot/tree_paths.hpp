// SPDX-License-Identifier: Apache-2.0
// Paths of the tree taken apart and put together: components with '/' between them, "" is the root.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/filesystem.hpp"

namespace vcs::snapshot {

std::string join_path(std::string_view folder, std::string_view name);
// The last component.
std::string_view base_name(std::string_view path);
// The folder that a path lies in.
std::string_view parent_path(std::string_view path);
bool is_below(std::string_view path, std::string_view folder);

// Opens a folder below `root` one component at a time, so that no symlink is followed. `path` is
// not empty.
base::Result<std::unique_ptr<base::Directory>> open_folder_below(base::Directory& root,
                                                                 std::string_view path);
// The same for what lies at `path`, whatever it is. not_found; io.
base::Result<base::FileStat> stat_below(base::Directory& root, std::string_view path);

}  // namespace vcs::snapshot
