// SPDX-License-Identifier: Apache-2.0
// The order of a restore: walks the wanted part of the tree, makes its folders on the way, and
// hands out their files in runs that lie together.
#pragma once

#include <mutex>
#include <vector>

#include "core/restore/restore_folder.hpp"

namespace vcs::restore {

struct RestoreJob {
  object::LeafItem item;  // a file or a symlink
  RestoreFolder::Pointer folder;
};

// Several threads may take from one plan. Folders are made by whoever comes to them first, before
// the files in them are handed out.
class RestorePlan {
 public:
  // `paths` as find_wanted() gives them.
  RestorePlan(RestoreContext& context, const object::ObjectId& root, std::vector<std::string> paths,
              std::shared_ptr<base::Directory> target);

  // The next run of files, in tree order: what was stored together is read together. Empty: no
  // more, or another lane had no memory for them.
  std::vector<RestoreJob> take();

 private:
  Result<bool> to_next_wanted();
  void leave_path();
  void enter(RestoreFolder::Pointer folder, const std::string& path);
  void leave_folder();
  void add(std::vector<RestoreJob>& run);
  void around_unreadable(const Error& error);
  // `mtime`: of the entry that is wanted there.
  RestoreFolder::Pointer folder_for(std::string_view path, base::UnixNanos mtime);
  RestoreFolder::Pointer enter_unvisited(const std::string& path, base::UnixNanos mtime);

  RestoreContext& context_;
  const object::ObjectId root_;
  const std::vector<std::string> paths_;

  std::mutex mutex_;
  tree::TreeCursor cursor_;
  std::size_t path_ = 0;  // the wanted path that the cursor is in; beyond the last: all done
  bool broken_ = false;   // a call of take() ended for lack of memory, and nobody knows where
  bool started_ = false;  // the cursor has been sent to it
  std::vector<RestoreFolder::Pointer> folders_;  // from the target down to where the cursor is
  std::string where_;                            // the path of the last of them
};

// The paths to restore in tree order, without those that lie below another; {""} for everything.
// not_found if one is no entry of the tree.
Result<std::vector<std::string>> find_wanted(tree::NodeSource& nodes, const object::ObjectId& root,
                                             const std::vector<std::string>& paths);
// What lies at and below them; as much as can be read.
tree::TreeTotals count_wanted(tree::NodeSource& nodes, const object::ObjectId& root,
                              const std::vector<std::string>& paths);

}  // namespace vcs::restore
