// SPDX-License-Identifier: Apache-2.0
// Reads a folder's own ignore files.
#pragma once

#include "core/base/filesystem.hpp"
#include "core/worktree/ignore_rules.hpp"

namespace vcs::worktree {

// The rules that hold inside `directory`, which is `path` in the worktree: the parent's, and those
// of its .vcsignore (and .gitignore when honoured; the .vcsignore can take back what that leaves
// out). Files that are none of ours to read count as empty. An error: they cannot be read now, and
// what they take back must not be taken for left out.
Result<std::shared_ptr<const IgnoreRules>> rules_inside(std::shared_ptr<const IgnoreRules> parent,
                                                        const std::string& path,
                                                        base::Directory& directory,
                                                        bool honor_gitignore);

}  // namespace vcs::worktree
