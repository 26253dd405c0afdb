// SPDX-License-Identifier: Apache-2.0
// From what a person types to what the agent is asked: paths and commits. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace vcs::cli {

// `path` from `folder` (absolute), without "." and "..", doubled or trailing slashes.
std::string absolute_path(std::string_view path, std::string_view folder);

// Where a remote is, as the agent is told. A folder may be named without file://, from `folder`, if
// it begins with "/" or ".".
std::string remote_url(const std::string& text, std::string_view folder);

// `path` (absolute, normalised) as seen from `folder`: "" for the folder itself; nothing if it is
// not below it.
std::optional<std::string> relative_to(std::string_view path, std::string_view folder);

// A path argument in a worktree. Relative ones are taken from the current folder if that is in the
// worktree, else from its top. `invalid` if it leads out of the worktree.
base::Result<std::string> worktree_path(std::string_view path, std::string_view working_directory,
                                        std::string_view worktree);

struct CommitPath {
  std::string commit, path;
  bool has_path = false;  // a colon was there
};
// COMMIT[:PATH]. A colon inside of @{…} is part of the commit.
CommitPath split_commit_path(std::string_view text);
// The PATH of COMMIT:PATH: from the top of the worktree, or with "./", "../" or "/" like
// worktree_path().
base::Result<std::string> commit_path(std::string_view path, std::string_view working_directory,
                                      std::string_view worktree);

// Whether one of two arguments that may be a commit or a path is the former: HEAD…, @…, or 4 to 64
// hexadecimal digits, with ~N.
bool looks_like_commit(std::string_view text);

// A path in a list of texts: as it is, or "b64:…" where it is not UTF-8 or begins like that.
std::string path_text(std::string_view path);

}  // namespace vcs::cli
