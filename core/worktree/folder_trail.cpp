// SPDX-License-Identifier: Apache-2.0
// Goes from one folder to the next through the folders that are still open.
#include "core/worktree/folder_trail.hpp"
#include "core/object/tree_paths.hpp"

#include <algorithm>

namespace vcs::worktree {

Result<base::Directory*> FolderTrail::open(std::string_view path) {
  leave_for(path);
  std::size_t at = steps_.empty() ? 0 : steps_.back().length;
  while (at < path.size()) {
    const std::size_t start = at == 0 ? 0 : at + 1;
    at = std::min(path.find('/', start), path.size());
    base::Directory& parent = steps_.empty() ? root_ : *steps_.back().directory;
    VCS_ASSIGN(auto directory, parent.open_directory(std::string(path.substr(start, at - start))));
    if (steps_.size() == kMostOpen) thin_out();
    steps_.push_back({at, std::move(directory)});
    path_.assign(path.substr(0, at));
  }
  return steps_.empty() ? &root_ : steps_.back().directory.get();
}

void FolderTrail::forget() {
  steps_.clear();
  path_.clear();
}

// Closes the folders that do not lead to `path`.
void FolderTrail::leave_for(std::string_view path) {
  while (!steps_.empty() &&
         !object::is_at_or_below(path, std::string_view(path_).substr(0, steps_.back().length)))
    steps_.pop_back();
  path_.resize(steps_.empty() ? 0 : steps_.back().length);
}

// Closes every second folder in the half nearest to the root. So a way back to a near folder is
// short, and one to a far folder is never long.
void FolderTrail::thin_out() {
  for (std::size_t i = kMostOpen / 2; i > 0; i -= 2)
    steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(i) - 1);
}

}  // namespace vcs::worktree
