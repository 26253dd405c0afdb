// SPDX-License-Identifier: Apache-2.0
// Chooses the repository that a command is about.
#pragma once

#include <string>
#include <vector>

#include "cli/context.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {

// The repository whose worktree holds `folder` (absolute), the innermost; null: none.
const ipc::RepositoryInfo* repository_holding(const std::vector<ipc::RepositoryInfo>& all,
                                              std::string_view folder);

// --repository, else the repository that holds FOLDER (if the command has that argument and it was
// given), else the one that holds the current folder, else one that holds an absolute path among
// the arguments, else the only one. `not_found` names all repositories.
Result<ipc::RepositoryInfo> choose_repository(const Context& context, ipc::Client& client);

// A path argument of the command, relative to the worktree of that repository. Follows symlinks on
// the way to it.
Result<std::string> path_in(const Context& context, const ipc::RepositoryInfo& repository,
                            const std::string& argument);

// The same for the PATH of COMMIT:PATH, which is taken from the top of the worktree unless it
// begins with "./", "../" or "/".
Result<std::string> path_in_commit(const Context& context, const ipc::RepositoryInfo& repository,
                                   const std::string& path);

}  // namespace vcs::cli
