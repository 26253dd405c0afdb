// SPDX-License-Identifier: Apache-2.0
// A folder that is being restored.
#include "core/snapshot/restore_folder.hpp"

#include "core/snapshot/restore_metadata.hpp"
#include "core/snapshot/tree_paths.hpp"

namespace vcs::snapshot {

using base::ErrorCode;
using base::FileType;

namespace {

// Each open folder holds a descriptor, and each holds its parent. A snapshot nested deeper than
// this was not made by a person.
constexpr std::size_t kDeepest = 1000;

RestoreOutcome failed(const base::Error& error) {
  return {RestoreAction::failed, error.message};
}

RestoreOutcome refused(std::string why) {
  return {RestoreAction::refused, std::move(why)};
}

}  // namespace

RestoreFolder::RestoreFolder(RestoreContext& context, Pointer parent, std::string path)
    : context_(context),
      parent_(std::move(parent)),
      path_(std::move(path)),
      depth_(parent_ ? parent_->depth_ + 1 : 0) {}

RestoreFolder::Pointer RestoreFolder::target(RestoreContext& context,
                                             std::unique_ptr<base::Directory> directory) {
  std::shared_ptr<RestoreFolder> folder(new RestoreFolder(context, nullptr, ""));
  folder->directory_ = std::move(directory);
  folder->entry_ = context.options.top;
  return folder;
}

RestoreFolder::Pointer RestoreFolder::enter(RestoreContext& context, Pointer parent,
                                            const std::string& path,
                                            const object::TreeEntry& entry) {
  std::shared_ptr<RestoreFolder> folder(new RestoreFolder(context, std::move(parent), path));
  folder->entry_ = entry;
  folder->outcome_ = folder->open_or_make(std::string(base_name(path)));
  const RestoreOutcome& outcome = folder->outcome_;
  if (outcome.action == RestoreAction::refused || outcome.action == RestoreAction::failed)
    folder->bar_ = {outcome.action, "folder \"" + path + "\" is not there: " + outcome.detail};
  return folder;
}

RestoreFolder::Pointer RestoreFolder::barred(RestoreContext& context, const std::string& path,
                                             RestoreOutcome why) {
  std::shared_ptr<RestoreFolder> folder(new RestoreFolder(context, nullptr, path));
  folder->bar_ = std::move(why);
  return folder;
}

RestoreFolder::~RestoreFolder() {
  finish();
}

RestoreOutcome RestoreFolder::open_or_make(const std::string& name) {
  if (depth_ > kDeepest) return {RestoreAction::failed, "folders are nested too deeply"};
  base::Directory* const parent = parent_->directory();
  if (parent == nullptr) return {RestoreAction::create, {}};  // a dry run
  if (parent_->is_new()) return make(*parent, name, RestoreAction::create);

  const auto standing = parent->stat(name);
  if (!standing && standing.error().code == ErrorCode::not_found)
    return make(*parent, name, RestoreAction::create);
  if (!standing) return failed(standing.error());
  if (standing->type == FileType::directory) {
    auto opened = parent->open_directory(name);
    if (!opened) return failed(opened.error());
    directory_ = std::move(*opened);
    return {RestoreAction::unchanged, {}};
  }
  if (standing->type == FileType::other)
    return refused("a device, pipe or socket is in the place of this folder");
  if (!context_.options.overwrite) return refused("a file is in the place of this folder");
  if (context_.options.dry_run) return {RestoreAction::replace, {}};
  if (auto removed = parent->remove_file(name); !removed) return failed(removed.error());
  return make(*parent, name, RestoreAction::replace);
}

// Private until it is finished, and writable whatever its mode will be.
RestoreOutcome RestoreFolder::make(base::Directory& parent, const std::string& name,
                                   RestoreAction action) {
  if (context_.options.dry_run) return {action, {}};
  if (auto made = parent.make_directory(name, 0700); !made) {
    if (made.error().code == ErrorCode::already_exists)
      return refused("something appeared in the place of this folder");
    return failed(made.error());
  }
  auto opened = parent.open_directory(name);
  if (!opened) return failed(opened.error());
  directory_ = std::move(*opened);
  is_new_ = true;
  return {action, {}};
}

// A folder that stood before keeps its own mode and time, unless the restore was asked to
// overwrite.
void RestoreFolder::finish() {
  if (!entry_) return;
  const bool is_target = path_.empty();
  const bool ours =
      is_new_ || ((context_.options.overwrite || is_target) && !context_.options.dry_run);
  if (directory_ && ours) {
    if (auto set = restore_metadata(*directory_, *entry_, context_.options); !set)
      outcome_ = failed(set.error());
  }
  if (!is_target) return context_.report.entry(path_, outcome_, false);
  // The target is no entry of the tree, and counts only where it is trouble.
  if (outcome_.action == RestoreAction::failed) context_.report.entry(".", outcome_, false);
}

}  // namespace vcs::snapshot
