// SPDX-License-Identifier: Apache-2.0
// Normalises and maps paths without reading the disk.
#include "cli/path_mapping.hpp"

#include <algorithm>
#include <vector>

#include "cli/render/text.hpp"
#include "core/base/url.hpp"
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

}  // namespace

std::string absolute_path(std::string_view path, std::string_view folder) {
  std::vector<std::string_view> parts;
  if (!path.starts_with('/')) apply(parts, folder);
  apply(parts, path);
  std::string out;
  for (const std::string_view part : parts) (out += '/') += part;
  return out.empty() ? "/" : out;
}

bool names_folder(std::string_view url) {
  if (url.find("://") != std::string_view::npos) return false;
  return url.starts_with('/') || url.starts_with('.') || url.find(':') == std::string_view::npos;
}

std::string folder_url(const std::string& folder) {
  if (ipc::is_utf8(folder)) return folder;
  return "file://" + base::percent_encode(folder, "/");
}

std::optional<std::string> relative_to(std::string_view path, std::string_view folder) {
  if (path.empty()) return std::nullopt;
  if (folder == "/") return std::string(path.substr(1));
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (path.empty()) return std::string();
  if (!path.starts_with('/')) return std::nullopt;
  return std::string(path.substr(1));
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

bool is_from_here(std::string_view path) {
  return path == "." || path == ".." || path.starts_with("./") || path.starts_with("../") ||
         path.starts_with('/');
}

bool looks_like_commit(std::string_view text) {
  if (text.starts_with("@")) return true;
  text = text.substr(0, text.find_first_of("~^"));
  if (text == "HEAD") return true;
  return text.size() >= kShortestId && text.size() <= kLongestId &&
         std::all_of(text.begin(), text.end(), is_hexadecimal);
}

std::string path_text(std::string_view path) {
  if (ipc::is_utf8(path) && !path.starts_with(kBase64Mark)) return std::string(path);
  return std::string(kBase64Mark) + ipc::to_base64(path);
}

}  // namespace vcs::cli
