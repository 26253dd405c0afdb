// SPDX-License-Identifier: Apache-2.0
// A folder that is being restored, and finished (mode, time, told to the observer) when the last of
// what is below it is done, deepest folders first. However deep a tree is, few of its folders are
// open at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/guarded.hpp"
#include "core/restore/restore_context.hpp"

namespace vcs::restore {

// Shared by the files and folders below it; the last one to let go finishes it. Any thread may use
// it.
class RestoreFolder {
 public:
  using Pointer = std::shared_ptr<const RestoreFolder>;

  // The target itself. What it is like is its owner's business, and it keeps its time, unless the
  // options say otherwise.
  static Pointer target(RestoreContext& context, std::shared_ptr<base::Directory> directory);
  // Opens or makes the folder `entry` tells of, in a parent that is not barred. Never fails: a
  // folder that cannot be had is barred, and so is all below it. `on_the_way`: it was not asked
  // for.
  static Pointer enter(RestoreContext& context, Pointer parent, const std::string& path,
                       const object::TreeEntry& entry, bool on_the_way = false);
  // A folder that is no entry of the snapshot and must not be made: all below it is barred.
  static Pointer barred(RestoreContext& context, Pointer parent, const std::string& path,
                        RestoreOutcome why);
  ~RestoreFolder();
  RestoreFolder(const RestoreFolder&) = delete;
  RestoreFolder& operator=(const RestoreFolder&) = delete;

  // Null when barred, and in a dry run where it does not exist yet or is unseen. not_found if it
  // was closed and what has its place now is another folder.
  Result<std::shared_ptr<base::Directory>> directory() const;
  // Gives its descriptor back until it is needed again.
  void close() const;
  // Made by this restore: whatever is in it is ours.
  bool is_new() const { return is_new_; }
  // What is made in it is given attributes that it need not have.
  bool gives_attributes() const { return gives_attributes_; }
  // Nothing in it can be renamed or removed.
  bool only_grows() const { return only_grows_; }
  // A dry run cannot look into it, and the restore itself would unlock it, or one it lies in.
  bool is_unseen() const { return is_unseen_; }
  // Something in it is going to change.
  void touch() const { touched_ = true; }
  // Why nothing can be restored here.
  const std::optional<RestoreOutcome>& bar() const { return bar_; }
  std::size_t path_length() const { return path_length_; }

 private:
  RestoreFolder(RestoreContext& context, Pointer parent, const std::string& path);
  RestoreOutcome open_or_make(const std::string& name);
  RestoreOutcome make(base::Directory& parent, const std::string& name, RestoreAction action);
  RestoreOutcome make_in_place_of(base::Directory& parent);
  RestoreOutcome would_replace(base::Directory& parent, const std::string& name);
  RestoreOutcome enter_standing(base::Directory& parent, const std::string& name,
                                const base::FileStat& standing);
  bool is_unseen(base::Directory* directory, const base::FileStat& standing) const;
  void look_around(base::Directory& directory);
  void unlock(base::Directory& directory);
  void finish();
  void finish_without_memory();
  void open_above(base::Directory& directory) const;
  void mend(base::Directory& directory);
  void leave_as_it_was(base::Directory& directory);
  std::string path() const;  // put together from all above: not for each file
  void hold(std::shared_ptr<base::Directory> directory) const;
  bool was_closed() const;
  bool is_this(base::Directory& directory) const;
  Result<std::unique_ptr<base::Directory>> open(base::Directory& parent,
                                                const std::string& name) const;

  RestoreContext& context_;
  Pointer parent_;
  const std::string name_;  // "" for the target
  const std::size_t path_length_;
  mutable base::Mutex mutex_;
  mutable std::shared_ptr<base::Directory> directory_ VCS_GUARDED_BY(mutex_);
  // What it was when it was closed.
  mutable std::optional<base::FileStat> closed_ VCS_GUARDED_BY(mutex_);
  std::optional<object::TreeEntry> entry_;  // none: not to be finished
  RestoreOutcome outcome_;
  std::optional<RestoreOutcome> bar_;
  std::optional<base::FileStat> stood_;  // as it was found
  bool is_new_ = false;
  bool is_unseen_ = false;
  bool unlocked_ = false;  // its owner may do more in it than before
  bool gives_attributes_ = false;
  bool only_grows_ = false;
  mutable std::atomic<bool> touched_ = false;
  bool on_the_way_ = false;
};

}  // namespace vcs::restore
