// SPDX-License-Identifier: Apache-2.0
// Turns paths and commits as a person types them into those for the agent. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vcs::cli {

// `path`, taken from `folder` (absolute), without ".", "..", doubled or trailing slashes.
std::string absolute_path(std::string_view path, std::string_view folder);

// Whether a word that may be a URL is a folder's path: it begins with "/" or ".", or has no colon.
bool names_folder(std::string_view url);
// A folder (absolute) as a URL for the agent: the path itself, or a file:// URL if the path is not
// UTF-8.
std::string folder_url(const std::string& folder);

// `path` (absolute, normalised) relative to `folder`: "" for the folder itself; nullopt if it is
// not below it.
std::optional<std::string> relative_to(std::string_view path, std::string_view folder);

struct CommitPath {
  std::string commit, path;
  bool has_path = false;  // the text has a colon
};
// COMMIT[:PATH]. A colon inside of @{…} is part of the commit.
CommitPath split_commit_path(std::string_view text);
// Whether the PATH of COMMIT:PATH is relative to the current folder or absolute: it begins with
// "./", "../" or "/". Other paths are relative to the top of the worktree.
bool is_from_here(std::string_view path);

// Whether an argument that may be a commit or a path is a commit: HEAD…, @…, or 4 to 64 hexadecimal
// digits, with ~N or ^.
bool looks_like_commit(std::string_view text);

// A path for a list of texts: unchanged, or "b64:…" if it is not UTF-8 or begins with "b64:".
std::string path_text(std::string_view path);

}  // namespace vcs::cli
