// SPDX-License-Identifier: Apache-2.0
// Normalises and maps paths without looking at the disk.
#include "cli/path_mapping.hpp"

#include <algorithm>
#include <vector>

#include "cli/render/text.hpp"
#include "ipc/base64.hpp"
#include "ipc/utf8.hpp"

namespace vcs::cli {
namespace {

constexpr std::string_view kBase64Mark = "b64:";
constexpr std::size_t kShortestId = 4, kLongestId = 64;

void apply(std::vector<std::string_view>& parts, std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
}

bool is_hexadecimal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

base::Result<std::string> below(const std::string& wanted, std::string_view typed,
                                std::string_view worktree) {
  if (auto found = relative_to(wanted, worktree)) return *found;
  return base::fail(base::ErrorCode::invalid, "{} is not in {}, the folder of this repository",
                    escaped(typed), escaped(worktree));
}

}  // namespace

std::string absolute_path(std::string_view path, std::string_view folder) {
  std::vector<std::string_view> parts;
  if (!path.starts_with('/')) apply(parts, folder);
  apply(parts, path);
  std::string out;
  for (const std::string_view part : parts) (out += '/') += part;
  return out.empty() ? "/" : out;
}

std::string remote_url(const std::string& text, std::string_view folder) {
  if (text.find("://") != std::string::npos) return text;
  const bool path = text.starts_with('/') || text.starts_with('.');
  return path ? absolute_path(text, folder) : text;
}

std::optional<std::string> relative_to(std::string_view path, std::string_view folder) {
  if (folder == "/") return std::string(path.substr(1));
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (path.empty()) return std::string();
  if (!path.starts_with('/')) return std::nullopt;
  return std::string(path.substr(1));
}

base::Result<std::string> worktree_path(std::string_view path, std::string_view working_directory,
                                        std::string_view worktree) {
  const bool inside = relative_to(working_directory, worktree).has_value();
  return below(absolute_path(path, inside ? working_directory : worktree), path, worktree);
}

CommitPath split_commit_path(std::string_view text) {
  bool in_braces = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') in_braces = true;
    if (text[i] == '}') in_braces = false;
    if (text[i] == ':' && !in_braces)
      return {std::string(text.substr(0, i)), std::string(text.substr(i + 1)), true};
  }
  return {std::string(text), {}, false};
}

base::Result<std::string> commit_path(std::string_view path, std::string_view working_directory,
                                      std::string_view worktree) {
  const bool from_here = path == "." || path == ".." || path.starts_with("./") ||
                         path.starts_with("../") || path.starts_with('/');
  if (from_here) return worktree_path(path, working_directory, worktree);
  return below(absolute_path(path, worktree), path, worktree);
}

bool looks_like_commit(std::string_view text) {
  if (text.starts_with("@")) return true;
  text = text.substr(0, text.find('~'));
  if (text == "HEAD") return true;
  return text.size() >= kShortestId && text.size() <= kLongestId &&
         std::all_of(text.begin(), text.end(), is_hexadecimal);
}

std::string path_text(std::string_view path) {
  if (ipc::is_utf8(path) && !path.starts_with(kBase64Mark)) return std::string(path);
  return std::string(kBase64Mark) + ipc::to_base64(path);
}

}  // namespace vcs::cli
