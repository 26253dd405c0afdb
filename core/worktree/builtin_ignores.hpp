// SPDX-License-Identifier: Apache-2.0
// Files that programs leave beside people's work: vim's swap and probe files, JetBrains' safe-write
// files, LibreOffice's and Office's locks, unfinished downloads and the like.
//
// A name that a person may give proves nothing alone, so most rules ask for more: that the file is
// empty, is a link, begins as such files do. No folder is ever left out, and what is left out is
// counted. Listed in docs/ignoring.md.
#pragma once

#include <string>
#include <string_view>

#include "core/base/filesystem.hpp"

namespace vcs::worktree {

// All names, as the lines of an ignore file.
std::string_view builtin_ignore_patterns();

// Whether the file `name`, which has one of these names, is what the name says.
bool is_builtin_ignored(base::Directory& directory, const std::string& name,
                        const base::FileStat& stat);

}  // namespace vcs::worktree
