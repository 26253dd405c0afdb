// SPDX-License-Identifier: Apache-2.0
// Folders that are open on the way to the one that was asked for last.
//
// The next one is mostly near: beside it, in it or above it. So a tree of ten thousand levels is
// not walked from its root for each of them.
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

  // The folder at `path`, opened one component at a time; "" is the root. It is good until the next
  // call.
  Result<base::Directory*> open(std::string_view path);

  // As if none had been asked for: what is open is closed.
  void forget();

  // Descriptors that are held, at most.
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
