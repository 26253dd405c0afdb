// SPDX-License-Identifier: Apache-2.0
// What lies some folders below another: every component is opened by itself, so that no symlink is
// followed on the way.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/filesystem.hpp"

namespace vcs::base {

// Opens a folder below `root`. `path` has components with '/' between them, and is not empty.
Result<std::unique_ptr<Directory>> open_folder_below(Directory& root, std::string_view path);
// What is known of what lies at `path`, whatever it is. not_found; io.
Result<FileStat> stat_below(Directory& root, std::string_view path);

}  // namespace vcs::base
