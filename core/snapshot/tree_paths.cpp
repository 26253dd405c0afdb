// SPDX-License-Identifier: Apache-2.0
// Paths of the tree.
#include "core/snapshot/tree_paths.hpp"

#include <algorithm>

#include "core/snapshot/tree.hpp"

namespace vcs::snapshot {

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

bool is_below(std::string_view path, std::string_view folder) {
  return path != folder && is_at_or_below(path, folder);
}

base::Result<std::unique_ptr<base::Directory>> open_folder_below(base::Directory& root,
                                                                 std::string_view path) {
  std::unique_ptr<base::Directory> folder;
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t slash = std::min(path.find('/', start), path.size());
    base::Directory& at = folder ? *folder : root;
    VCS_ASSIGN(folder, at.open_directory(std::string(path.substr(start, slash - start))));
    start = slash + 1;
  }
  return folder;
}

base::Result<base::FileStat> stat_below(base::Directory& root, std::string_view path) {
  const std::string_view parent = parent_path(path);
  const std::string name(base_name(path));
  if (parent.empty()) return root.stat(name);
  VCS_ASSIGN(const auto folder, open_folder_below(root, parent));
  return folder->stat(name);
}

}  // namespace vcs::snapshot
