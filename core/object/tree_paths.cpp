// SPDX-License-Identifier: Apache-2.0
// Splits and joins tree paths.
#include "core/object/tree_paths.hpp"

namespace vcs::object {

std::string join_path(std::string_view folder, std::string_view name) {
  std::string path;
  path.reserve(folder.size() + 1 + name.size());
  path.append(folder);
  if (!folder.empty()) path += '/';
  return path.append(name);
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool is_at_or_below(std::string_view path, std::string_view folder) {
  return folder.empty() || path == folder ||
         (path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder));
}

bool is_below(std::string_view path, std::string_view folder) {
  return path != folder && is_at_or_below(path, folder);
}

}  // namespace vcs::object
