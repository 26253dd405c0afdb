// SPDX-License-Identifier: Apache-2.0
// Opens, makes, unlocks and finishes a folder of a restore.
#include "core/restore/restore_folder.hpp"

#include "core/base/leftovers.hpp"
#include "core/base/memory.hpp"
#include "core/base/special_calls.hpp"
#include "core/object/tree_paths.hpp"
#include "core/restore/restore_metadata.hpp"
#include "core/restore/restore_place.hpp"

namespace vcs::restore {

using base::FileType;

namespace {

constexpr std::uint32_t kOwnerDoesAll = 0700;

RestoreOutcome failed(const Error& error) {
  return {RestoreAction::failed, error.message};
}

}  // namespace

RestoreFolder::RestoreFolder(RestoreContext& context, Pointer parent, const std::string& path)
    : context_(context),
      parent_(std::move(parent)),
      name_(object::base_name(path)),
      path_length_(path.size()) {}

RestoreFolder::Pointer RestoreFolder::target(RestoreContext& context,
                                             std::shared_ptr<base::Directory> directory) {
  std::shared_ptr<RestoreFolder> folder(new RestoreFolder(context, nullptr, ""));
  folder->entry_ = context.options.top;
  folder->outcome_ = {RestoreAction::unchanged, {}};
  if (!directory) return folder;  // a dry run, and the target does not exist yet
  if (auto stat = directory->stat_self()) folder->stood_ = *stat;
  folder->is_unseen_ = folder->stood_ && folder->is_unseen(directory.get(), *folder->stood_);
  if (folder->is_unseen_) return folder;
  folder->hold(directory);
  folder->look_around(*directory);
  return folder;
}

RestoreFolder::Pointer RestoreFolder::enter(RestoreContext& context, Pointer parent,
                                            const std::string& path, const object::TreeEntry& entry,
                                            bool on_the_way) {
  std::shared_ptr<RestoreFolder> folder(new RestoreFolder(context, std::move(parent), path));
  folder->on_the_way_ = on_the_way;
  folder->entry_ = entry;
  folder->outcome_ = folder->open_or_make(std::string(object::base_name(path)));
  const RestoreOutcome& outcome = folder->outcome_;
  if (outcome.action == RestoreAction::refused || outcome.action == RestoreAction::failed)
    folder->bar_ = {outcome.action, "folder '" + path + "': " + outcome.detail, outcome.postponed};
  return folder;
}

RestoreFolder::Pointer RestoreFolder::barred(RestoreContext& context, Pointer parent,
                                             const std::string& path, RestoreOutcome why) {
  std::shared_ptr<RestoreFolder> folder(new RestoreFolder(context, std::move(parent), path));
  folder->bar_ = std::move(why);
  return folder;
}

// Releases the folders above in a loop, as nested destructors would need too much stack.
RestoreFolder::~RestoreFolder() {
  if (!base::has_memory_for([this] { finish(); })) finish_without_memory();
  Pointer above = std::move(parent_);
  while (above && above.use_count() == 1) {
    Pointer next = above->parent_;
    above.reset();
    above = std::move(next);
  }
}

std::string RestoreFolder::path() const {
  std::string path(path_length_, '/');
  std::size_t end = path_length_;
  for (const RestoreFolder* at = this; end > 0; at = at->parent_.get()) {
    end -= at->name_.size();
    path.replace(end, at->name_.size(), at->name_);
    if (end > 0) --end;
  }
  return path;
}

void RestoreFolder::hold(std::shared_ptr<base::Directory> directory) const {
  const base::Lock lock(mutex_);
  directory_ = std::move(directory);
}

void RestoreFolder::close() const {
  const base::Lock lock(mutex_);
  if (!directory_ || !parent_) return;
  if (!closed_) {
    auto stat = directory_->stat_self();
    if (!stat) return;
    closed_ = *stat;
  }
  directory_.reset();
}

bool RestoreFolder::was_closed() const {
  const base::Lock lock(mutex_);
  return closed_.has_value();
}

bool RestoreFolder::is_this(base::Directory& directory) const {
  const auto stat = directory.stat_self();
  const base::Lock lock(mutex_);
  return stat && closed_ && stat->inode == closed_->inode && stat->device == closed_->device;
}

// Seldom opens a folder: finish() opens the folder above.
Result<std::shared_ptr<base::Directory>> RestoreFolder::directory() const {
  std::shared_ptr<base::Directory> open;
  std::vector<const RestoreFolder*> closed;
  for (const RestoreFolder* at = this; at != nullptr && !open; at = at->parent_.get()) {
    const base::Lock lock(at->mutex_);
    if (!at->directory_ && !at->closed_) return nullptr;
    open = at->directory_;
    if (!open) closed.push_back(at);
  }
  if (closed.empty()) return open;
  for (; open && !closed.empty(); closed.pop_back()) {
    auto next = this->open(*open, closed.back()->name_);
    if (!next && base::is_lack(next.error())) return Failure(next.error());
    if (!next || !closed.back()->is_this(**next))
      return fail(ErrorCode::not_found, "its folder was moved or replaced meanwhile");
    open = std::move(*next);
  }
  if (open) hold(open);
  return open;
}

Result<std::unique_ptr<base::Directory>> RestoreFolder::open(base::Directory& parent,
                                                             const std::string& name) const {
  return context_.patiently([&] { return parent.open_directory(name); });
}

RestoreOutcome RestoreFolder::open_or_make(const std::string& name) {
  const auto above = parent_->directory();
  if (!above) return failed(above.error());
  const std::shared_ptr<base::Directory>& parent = *above;
  is_unseen_ = parent_->is_unseen();
  if (!parent) return {is_unseen_ ? RestoreAction::unchanged : RestoreAction::create, {}};
  if (parent_->is_new()) return make(*parent, name, RestoreAction::create);

  const auto standing = parent->stat(name);
  if (!standing && standing.error().code == ErrorCode::not_found)
    return make(*parent, name, RestoreAction::create);
  if (!standing) return failed(standing.error());
  if (standing->type == FileType::directory) return enter_standing(*parent, name, *standing);
  if (standing->type == FileType::other)
    return refused("a device, pipe or socket is in the place of this folder");
  if (!context_.options.overwrite) return refused("a file is in the place of this folder");
  // Nobody could remove a temporary name from there.
  if (parent_->only_grows()) return refused("its folder only takes new names (chattr +a)");
  if (context_.options.dry_run) return would_replace(*parent, name);
  if (context_.options.history != nullptr) return make_in_place_of(*parent);
  if (auto removed = parent->remove_file(name); !removed) return failed(removed.error());
  return make(*parent, name, RestoreAction::replace);
}

RestoreOutcome RestoreFolder::enter_standing(base::Directory& parent, const std::string& name,
                                             const base::FileStat& standing) {
  auto opened = open(parent, name);
  const bool barred = !opened && opened.error().code == ErrorCode::denied;
  if (barred && !context_.options.dry_run &&
      base::set_mode(parent, name, standing.mode | kOwnerDoesAll)) {
    unlocked_ = true;
    opened = open(parent, name);
  }
  if (!opened && !barred) return failed(opened.error());
  is_unseen_ = is_unseen(opened ? opened->get() : nullptr, standing);
  if (is_unseen_) return {RestoreAction::unchanged, {}};
  if (!opened) return failed(opened.error());
  base::Directory& directory = **opened;
  hold(std::move(*opened));
  stood_ = standing;
  look_around(directory);
  return {RestoreAction::unchanged, {}};
}

// True in a dry run if the folder cannot be opened, or stat() of its entries is denied.
bool RestoreFolder::is_unseen(base::Directory* directory, const base::FileStat& standing) const {
  if (!context_.would_unlock(standing)) return false;
  if (directory == nullptr) return true;
  const auto any = directory->stat("any");
  return !any && any.error().code == ErrorCode::denied;
}

void RestoreFolder::look_around(base::Directory& directory) {
  unlock(directory);
  gives_attributes_ = restore::gives_attributes(directory.extended_attributes_self());
  only_grows_ = base::only_grows(directory);
  if (context_.options.dry_run || context_.options.now == base::UnixNanos{}) return;
  if (base::sweep_leftovers(directory, context_.options.now) > 0) touch();
}

// Gives the owner all rights if the mode denies some. A privileged restore needs no unlocking.
void RestoreFolder::unlock(base::Directory& directory) {
  if (!stood_ || context_.options.dry_run || context_.options.restore_owner) return;
  if (unlocked_ || (stood_->mode & kOwnerDoesAll) == kOwnerDoesAll) return;
  unlocked_ = directory.set_mode_self(stood_->mode | kOwnerDoesAll).has_value();
}

RestoreOutcome RestoreFolder::would_replace(base::Directory& parent, const std::string& name) {
  if (context_.options.history == nullptr) return {RestoreAction::replace, {}};
  auto objection = objection_to_removal(context_, parent, name, path(), false);
  if (!objection) return failed(objection.error());
  return objection->value_or(RestoreOutcome{RestoreAction::replace, {}});
}

// Replaces what stands there only if the history has it.
RestoreOutcome RestoreFolder::make_in_place_of(base::Directory& parent) {
  parent_->touch();
  auto made = claim_name(context_, parent, true, [&](const std::string& temporary) {
    return parent.make_directory(temporary, 0700);
  });
  if (!made) return failed(made.error());
  auto opened = open(parent, made->name());
  if (!opened) return failed(opened.error());
  auto placed = replace_standing(context_, path(), std::move(*made));
  if (!placed) return failed(placed.error());
  if (placed->action != RestoreAction::replace) return std::move(*placed);
  hold(std::move(*opened));
  is_new_ = true;
  gives_attributes_ = parent_->gives_attributes();
  return std::move(*placed);
}

// Makes the folder private until it is finished, and writable, whatever its final mode is.
RestoreOutcome RestoreFolder::make(base::Directory& parent, const std::string& name,
                                   RestoreAction action) {
  if (context_.options.dry_run) return {action, {}};
  parent_->touch();
  if (auto made = parent.make_directory(name, 0700); !made) {
    if (made.error().code == ErrorCode::already_exists)
      return refused("something appeared in the place of this folder");
    return failed(made.error());
  }
  auto opened = open(parent, name);
  if (!opened) return failed(opened.error());
  hold(std::move(*opened));
  is_new_ = true;
  gives_attributes_ = parent_->gives_attributes();
  return {action, {}};
}

void RestoreFolder::finish() {
  // If it is barred, or a dry run would make it, there is no open folder.
  if (const auto found = this->directory(); found && *found) {
    base::Directory& directory = **found;
    if (is_new_ && entry_)
      outcome_.missing = restore_metadata(directory, *entry_, context_.options);
    else if (stood_)
      entry_ && !bar_ ? correct(directory) : leave_as_it_was(directory);
    open_above(directory);
  } else if (was_closed() && entry_) {
    const bool lacks = !found && base::is_lack(found.error());
    const std::string why =
        lacks ? found.error().message : "the folder was moved or replaced meanwhile";
    outcome_.missing = "mode, time and attributes (" + why + ")";
  }
  if (!entry_) return;
  // The target is no entry of the tree: report it only if something could not be set.
  if (!parent_) {
    if (!outcome_.missing.empty()) context_.tell(".", outcome_, false);
    return;
  }
  // The first round has reported the parents of paths that are tried again.
  if (on_the_way_ && !context_.first_round && outcome_.action == RestoreAction::unchanged) return;
  if (on_the_way_ && outcome_.postponed) return;
  context_.tell(path(), outcome_, false);
}

// Reports the folder at least, if there is enough memory for that.
void RestoreFolder::finish_without_memory() {
  (void)base::has_memory_for([this] {
    outcome_.missing = "mode, time and attributes (" + base::out_of_memory().value().message + ")";
    context_.tell(parent_ ? path() : ".", outcome_, false);
  });
}

// Opens the folder above: it is finished next, or gets more entries.
void RestoreFolder::open_above(base::Directory& directory) const {
  if (!parent_) return;
  {
    const base::Lock lock(parent_->mutex_);
    if (parent_->directory_ || !parent_->closed_) return;
  }
  auto above = base::open_parent(directory);
  if (above && parent_->is_this(**above)) parent_->hold(std::move(*above));
}

// Sets the metadata of a folder that existed before, with `overwrite`, or if it is the target and
// the options have an entry for it. Else the folder keeps its own.
void RestoreFolder::correct(base::Directory& directory) {
  const RestoreOptions& options = context_.options;
  outcome_.detail = metadata_difference(directory, *stood_, *entry_, options);
  outcome_.metadata = parent_ != nullptr && !outcome_.detail.empty();
  if (options.dry_run) return;
  if (!options.overwrite && parent_) return leave_as_it_was(directory);
  const auto now = directory.stat_self();
  outcome_.missing = correct_metadata(directory, now ? *now : *stood_, *entry_, options);
}

void RestoreFolder::leave_as_it_was(base::Directory& directory) {
  if (context_.options.dry_run) return;
  const auto note = [&](const char* what, const Result<void>& set) {
    if (!set) outcome_.missing += (outcome_.missing.empty() ? "" : ", ") + std::string(what);
  };
  if (unlocked_) note("mode", directory.set_mode_self(stood_->mode));
  if (touched_) note("time", directory.set_mtime_self(stood_->mtime));
}

}  // namespace vcs::restore
