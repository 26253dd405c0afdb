// SPDX-License-Identifier: Apache-2.0
// The order of a restore: walks the wanted part of the tree, makes its folders, and hands out their
// files in runs of neighbours.
#pragma once

#include <vector>

#include "core/base/guarded.hpp"
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
  Result<bool> to_next_wanted() VCS_REQUIRES(mutex_);
  void leave_path() VCS_REQUIRES(mutex_);
  void enter(RestoreFolder::Pointer folder, const std::string& path) VCS_REQUIRES(mutex_);
  void leave_folder() VCS_REQUIRES(mutex_);
  void add(std::vector<RestoreJob>& run) VCS_REQUIRES(mutex_);
  void around_unreadable(const Error& error) VCS_REQUIRES(mutex_);
  // `mtime`: of the wanted entry in the folder.
  RestoreFolder::Pointer folder_for(std::string_view path, base::UnixNanos mtime)
      VCS_REQUIRES(mutex_);
  RestoreFolder::Pointer enter_unvisited(const std::string& path, base::UnixNanos mtime)
      VCS_REQUIRES(mutex_);

  RestoreContext& context_;
  const object::ObjectId root_;
  const std::vector<std::string> paths_;

  base::Mutex mutex_;
  tree::TreeCursor cursor_ VCS_GUARDED_BY(mutex_);
  // The wanted path that the cursor is in; beyond the last: all done.
  std::size_t path_ VCS_GUARDED_BY(mutex_) = 0;
  // A call of take() ended for lack of memory, and nobody knows where.
  bool broken_ VCS_GUARDED_BY(mutex_) = false;
  bool started_ VCS_GUARDED_BY(mutex_) = false;  // the cursor was moved to that path
  // From the target down to where the cursor is.
  std::vector<RestoreFolder::Pointer> folders_ VCS_GUARDED_BY(mutex_);
  std::string where_ VCS_GUARDED_BY(mutex_);  // path of the last folder
};

// The paths to restore in tree order, without paths below another one; {""} for everything.
// not_found if a path is no entry of the tree.
Result<std::vector<std::string>> find_wanted(tree::NodeSource& nodes, const object::ObjectId& root,
                                             const std::vector<std::string>& paths);
// Counts the entries at and below the paths, as far as the tree can be read.
tree::TreeTotals count_wanted(tree::NodeSource& nodes, const object::ObjectId& root,
                              const std::vector<std::string>& paths);

}  // namespace vcs::restore
