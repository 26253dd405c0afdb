// SPDX-License-Identifier: Apache-2.0
// From what a person types to what the agent is asked: paths and commits. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vcs::cli {

// `path` from `folder` (absolute), without "." and "..", doubled or trailing slashes.
std::string absolute_path(std::string_view path, std::string_view folder);

// Whether what stands for a URL is a folder's path: it begins with "/" or ".", or has no colon.
bool names_folder(std::string_view url);
// A folder (absolute) as a URL for the agent: itself, or with the bytes that are no text encoded.
std::string folder_url(const std::string& folder);

// `path` (absolute, normalised) as seen from `folder`: "" for the folder itself; nothing if it is
// not below it.
std::optional<std::string> relative_to(std::string_view path, std::string_view folder);

struct CommitPath {
  std::string commit, path;
  bool has_path = false;  // a colon was there
};
// COMMIT[:PATH]. A colon inside of @{…} is part of the commit.
CommitPath split_commit_path(std::string_view text);
// Whether the PATH of COMMIT:PATH is taken from the current folder: with "./", "../" or "/". Others
// are taken from the top of the worktree.
bool is_from_here(std::string_view path);

// Whether one of two arguments that may be a commit or a path is the former: HEAD…, @…, or 4 to 64
// hexadecimal digits, with ~N or ^.
bool looks_like_commit(std::string_view text);

// A path in a list of texts: as it is, or "b64:…" where it is not UTF-8 or begins like that.
std::string path_text(std::string_view path);

}  // namespace vcs::cli
