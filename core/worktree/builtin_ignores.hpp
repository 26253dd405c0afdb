// SPDX-License-Identifier: Apache-2.0
// Built-in ignore rules for files that programs leave beside people's work: vim's swap and probe
// files, JetBrains' safe-write files, LibreOffice's and Office's locks, unfinished downloads, and
// others.
//
// A person may give a file such a name, too. So most rules also test the file: it is empty, it is a
// symlink, or it begins with certain bytes. No rule ignores a folder. Each ignored file is counted.
// docs/ignoring.md lists the rules.
#pragma once

#include <string>
#include <string_view>

#include "core/base/filesystem.hpp"

namespace vcs::worktree {

// The name patterns of all rules, as the lines of an ignore file.
std::string_view builtin_ignore_patterns();

// Whether the file `name` matches one of the patterns and passes the test of that rule.
bool is_builtin_ignored(base::Directory& directory, const std::string& name,
                        const base::FileStat& stat);

}  // namespace vcs::worktree
