// SPDX-License-Identifier: Apache-2.0
// Opens one component after the other.
#include "core/worktree/folder_below.hpp"

#include <algorithm>
#include <string>

namespace vcs::worktree {

Result<std::unique_ptr<base::Directory>> open_folder_below(base::Directory& root,
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

Result<base::FileStat> stat_below(base::Directory& root, std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return root.stat(std::string(path));
  const std::string name(path.substr(slash + 1));
  VCS_ASSIGN(const auto folder, open_folder_below(root, path.substr(0, slash)));
  return folder->stat(name);
}

}  // namespace vcs::worktree
