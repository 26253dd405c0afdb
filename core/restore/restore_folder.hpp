// SPDX-License-Identifier: Apache-2.0
// A folder that is being restored. It is finished (mode, time, call of the observer) when
// everything below it is done, the deepest folders first. Few folders are open at a time, however
// deep the tree is.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/guarded.hpp"
#include "core/restore/restore_context.hpp"

namespace vcs::restore {

// A folder that is being restored. It has many members because it remembers everything that is set
// only at its end: mode, times, and what had to be unlocked.
// The files and folders below share it; the last owner that releases it finishes it. Any thread may
// use it.
class RestoreFolder {
 public:
  using Pointer = std::shared_ptr<const RestoreFolder>;

  // The target itself. It keeps its mode, owner, time and attributes, unless the options have an
  // entry for it.
  static Pointer target(RestoreContext& context, std::shared_ptr<base::Directory> directory);
  // Opens or makes the folder of `entry`, in a parent that is not barred. Never fails: a folder
  // that cannot be opened or made is barred, and so is everything below it. `on_the_way`: the
  // folder is only a parent of the wanted path.
  static Pointer enter(RestoreContext& context, Pointer parent, const std::string& path,
                       const object::TreeEntry& entry, bool on_the_way = false);
  // A folder that is no entry of the commit and must not be made: everything below it is barred.
  static Pointer barred(RestoreContext& context, Pointer parent, const std::string& path,
                        RestoreOutcome why);
  ~RestoreFolder();
  RestoreFolder(const RestoreFolder&) = delete;
  RestoreFolder& operator=(const RestoreFolder&) = delete;

  // Null if barred, and in a dry run if the folder does not exist yet or is unseen. not_found if it
  // was closed and another folder is in its place now.
  Result<std::shared_ptr<base::Directory>> directory() const;
  // Closes its descriptor until directory() needs it again.
  void close() const;
  // This restore made it: everything in it is ours.
  bool is_new() const { return is_new_; }
  // New entries in it get attributes from it that their own entries may lack.
  bool gives_attributes() const { return gives_attributes_; }
  // No entry in it can be renamed or removed.
  bool only_grows() const { return only_grows_; }
  // A dry run cannot read it, while the restore itself would unlock it or a folder above it.
  bool is_unseen() const { return is_unseen_; }
  // An entry in it is going to change.
  void touch() const { touched_ = true; }
  // Why nothing can be restored in it; nothing: it is not barred.
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
  void correct(base::Directory& directory);
  void leave_as_it_was(base::Directory& directory);
  std::string path() const;  // built from the names of all folders above: too slow for each file
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
  std::optional<object::TreeEntry> entry_;  // none: it gets no metadata and no report
  RestoreOutcome outcome_;
  std::optional<RestoreOutcome> bar_;
  std::optional<base::FileStat> stood_;  // its stat data before the restore
  bool is_new_ = false;
  bool is_unseen_ = false;
  bool unlocked_ = false;  // unlock() has changed its mode
  bool gives_attributes_ = false;
  bool only_grows_ = false;
  mutable std::atomic<bool> touched_ = false;
  bool on_the_way_ = false;
};

}  // namespace vcs::restore
