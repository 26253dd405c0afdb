// SPDX-License-Identifier: Apache-2.0
// Reads a folder's own ignore files.
#pragma once

#include "core/base/filesystem.hpp"
#include "core/worktree/ignore_rules.hpp"

namespace vcs::worktree {

// The rules that hold inside `directory`, which is `path` in the worktree: the parent's, and those
// of its .vcsignore (and .gitignore when honoured; the .vcsignore can include again what that
// ignores). A file that is missing, too large or denied counts as empty. Error (`io`,
// `unavailable`): a file cannot be read now, and nobody knows which paths it includes again.
Result<std::shared_ptr<const IgnoreRules>> rules_inside(std::shared_ptr<const IgnoreRules> parent,
                                                        const std::string& path,
                                                        base::Directory& directory,
                                                        bool honor_gitignore);

}  // namespace vcs::worktree
