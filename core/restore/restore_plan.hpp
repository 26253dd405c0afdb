// SPDX-License-Identifier: Apache-2.0
// The order of a restore: walks the wanted part of the tree, makes its folders, and hands out their
// files in runs of neighbours.
#pragma once

#include <mutex>
#include <vector>

#include "core/restore/restore_folder.hpp"

namespace vcs::restore {

struct RestoreJob {
  object::LeafItem item;  // a file or a symlink
  RestoreFolder::Pointer folder;
};

// Several threads may take from one plan. The first thread that comes to a folder makes it, before
// the plan hands out its files.
class RestorePlan {
 public:
  // `paths`: the result of find_wanted().
  RestorePlan(RestoreContext& context, const object::ObjectId& root, std::vector<std::string> paths,
              std::shared_ptr<base::Directory> target);

  // The next run of files, in tree order, so files that were stored together are read together.
  // Empty: there are no more, or an earlier call ran out of memory.
  std::vector<RestoreJob> take();

 private:
  Result<bool> to_next_wanted();
  void leave_path();
  void enter(RestoreFolder::Pointer folder, const std::string& path);
  void leave_folder();
  void add(std::vector<RestoreJob>& run);
  void around_unreadable(const Error& error);
  // `mtime`: of the wanted entry in the folder.
  RestoreFolder::Pointer folder_for(std::string_view path, base::UnixNanos mtime);
  RestoreFolder::Pointer enter_unvisited(const std::string& path, base::UnixNanos mtime);

  RestoreContext& context_;
  const object::ObjectId root_;
  const std::vector<std::string> paths_;

  std::mutex mutex_;
  tree::TreeCursor cursor_;
  std::size_t path_ = 0;  // number of the wanted path that the cursor is in; past the end: all done
  bool broken_ = false;   // a call of take() ran out of memory, and its position is unknown
  bool started_ = false;  // the cursor was moved to that path
  std::vector<RestoreFolder::Pointer> folders_;  // from the target down to the cursor's folder
  std::string where_;                            // path of the last folder
};

// The paths to restore in tree order, without paths below another one; {""} for everything.
// not_found if a path is no entry of the tree.
Result<std::vector<std::string>> find_wanted(tree::NodeSource& nodes, const object::ObjectId& root,
                                             const std::vector<std::string>& paths);
// Counts the entries at and below the paths, as far as the tree can be read.
tree::TreeTotals count_wanted(tree::NodeSource& nodes, const object::ObjectId& root,
                              const std::vector<std::string>& paths);

}  // namespace vcs::restore
