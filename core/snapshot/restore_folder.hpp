// SPDX-License-Identifier: Apache-2.0
// A folder that is being restored: open as long as anything below it is at work, and finished
// (mode, time, told to the observer) when the last of it is done, deepest folders first.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/snapshot/restore_context.hpp"

namespace vcs::snapshot {

// Shared by the files and folders below it; the last one to let go finishes it. Immutable while it
// is shared, so any thread may use it.
class RestoreFolder {
 public:
  using Pointer = std::shared_ptr<const RestoreFolder>;

  // The target itself. What it is like is its owner's business, unless the options say otherwise.
  static Pointer target(RestoreContext& context, std::unique_ptr<base::Directory> directory);
  // Opens or makes the folder `entry` tells of, in a parent that is not barred. Never fails: a
  // folder that cannot be had is barred, and so is all below it.
  static Pointer enter(RestoreContext& context, Pointer parent, const std::string& path,
                       const object::TreeEntry& entry);
  // A folder that is no entry of the snapshot and must not be made: all below it is barred.
  static Pointer barred(RestoreContext& context, const std::string& path, RestoreOutcome why);
  ~RestoreFolder();
  RestoreFolder(const RestoreFolder&) = delete;
  RestoreFolder& operator=(const RestoreFolder&) = delete;

  // Null when barred, and in a dry run where it does not exist yet.
  base::Directory* directory() const { return directory_.get(); }
  // Made by this restore: whatever is in it is ours.
  bool is_new() const { return is_new_; }
  // Why nothing can be restored here.
  const std::optional<RestoreOutcome>& bar() const { return bar_; }
  const std::string& path() const { return path_; }
  std::size_t depth() const { return depth_; }

 private:
  RestoreFolder(RestoreContext& context, Pointer parent, std::string path);
  RestoreOutcome open_or_make(const std::string& name);
  RestoreOutcome make(base::Directory& parent, const std::string& name, RestoreAction action);
  void finish();

  RestoreContext& context_;
  const Pointer parent_;
  const std::string path_;  // in the tree; "" for the target
  const std::size_t depth_;
  std::unique_ptr<base::Directory> directory_;
  std::optional<object::TreeEntry> entry_;  // none: not to be finished
  RestoreOutcome outcome_;
  std::optional<RestoreOutcome> bar_;
  bool is_new_ = false;
};

}  // namespace vcs::snapshot
