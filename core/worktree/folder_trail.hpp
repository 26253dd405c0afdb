// SPDX-License-Identifier: Apache-2.0
// Keeps the folders open that lead to the folder that was opened last.
//
// The next folder is mostly near: beside it, in it or above it. So a caller does not walk a tree of
// ten thousand levels from its root for each folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/filesystem.hpp"

namespace vcs::worktree {

// Not thread-safe.
class FolderTrail {
 public:
  explicit FolderTrail(base::Directory& root) : root_(root) {}

  // Opens the folder at `path` one component at a time; "" is the root. The pointer is valid until
  // the next call.
  Result<base::Directory*> open(std::string_view path);

  // Closes all folders.
  void forget();

  // Most descriptors that it holds at a time.
  static constexpr std::size_t kMostOpen = 16;

 private:
  struct Step {
    std::size_t length;  // of its path, the beginning of path_
    std::unique_ptr<base::Directory> directory;
  };
  void leave_for(std::string_view path);
  void thin_out();

  base::Directory& root_;
  std::string path_;  // of the last step
  std::vector<Step> steps_;
};

}  // namespace vcs::worktree
