// SPDX-License-Identifier: Apache-2.0
// Restores one file or symlink.
#include "core/restore/restore_file.hpp"

#include <utility>

#include "core/base/memory.hpp"
#include "core/object/tree_paths.hpp"
#include "core/restore/restore_metadata.hpp"
#include "core/restore/restore_parts.hpp"
#include "core/restore/restore_place.hpp"

namespace vcs::restore {

using base::Directory;
using base::FileType;
using object::EntryType;
using object::TreeEntry;

namespace {

class FileRestorer {
 public:
  FileRestorer(RestoreContext& context, const RestoreFolder& folder, const object::LeafItem& item)
      : context_(context),
        options_(context.options),
        folder_(folder),
        found_(folder.directory()),
        directory_(found_ ? found_->get() : nullptr),
        entry_(item.entry),
        path_(item.path),
        name_(object::base_name(item.path)) {}

  Result<RestoreOutcome> run() {
    VCS_ASSIGN(RestoreOutcome wanted, decide());
    if (wanted.action != RestoreAction::create && wanted.action != RestoreAction::replace)
      return wanted;
    // Nobody could remove a temporary name from there.
    if (folder_.only_grows()) return refused("its folder only takes new names (chattr +a)");
    if (options_.dry_run) return wanted;
    auto placed = write_and_place(wanted.action);
    if (!placed && placed.error().code == ErrorCode::already_exists)
      return refused("something appeared in its place meanwhile");
    return placed;
  }

 private:
  // The outcome of a dry run that cannot read what stands there, if anything does.
  RestoreOutcome unseen() const {
    std::string why = "the permissions of its folder forbid reading it, so it counts as different";
    if (options_.overwrite) return {RestoreAction::replace, std::move(why)};
    return refused(why + " (--overwrite replaces it)");
  }

  // Decides the action from the file there now. If only its metadata differ, sets these.
  Result<RestoreOutcome> decide() {
    VCS_TRY(found_);
    if (folder_.is_unseen()) return unseen();
    if (!directory_ || folder_.is_new()) return RestoreOutcome{RestoreAction::create, {}};
    const auto standing = directory_->stat(name_);
    if (!standing && standing.error().code == ErrorCode::not_found)
      return RestoreOutcome{RestoreAction::create, {}};
    VCS_TRY(standing);
    standing_type_ = standing->type;
    VCS_ASSIGN(const bool same, is_same(*standing));
    if (same) return std::move(unchanged_);
    if (standing->type == FileType::other)
      return refused("a device, pipe or socket is in its place");
    if (!options_.overwrite)
      return refused(standing->type == FileType::directory
                         ? "a folder is in its place"
                         : "the file there now is different (--overwrite replaces it)");
    if (standing->type == FileType::directory) {
      VCS_ASSIGN(const bool empty, is_empty_folder());
      if (!empty) return refused("a folder that is not empty is in its place");
    } else if (options_.dry_run && options_.history != nullptr) {
      VCS_ASSIGN(auto objection, objection_to_removal(context_, *directory_, name_, path_, false));
      if (objection) return std::move(*objection);
    }
    return RestoreOutcome{RestoreAction::replace, {}};
  }

  Result<bool> is_empty_folder() {
    VCS_ASSIGN(const auto folder, directory_->open_directory(name_));
    bool empty = true;
    VCS_TRY(folder->list([&](const base::DirectoryEntry&) { return empty = false; }));
    return empty;
  }

  Result<bool> is_same(const base::FileStat& standing) {
    if (entry_.type == EntryType::symlink && standing.type == FileType::symlink)
      return is_same_symlink(standing);
    if (entry_.type == EntryType::file && standing.type == FileType::regular &&
        standing.size == entry_.size)
      return is_same_file(standing);
    return false;
  }

  Result<bool> is_same_symlink(const base::FileStat& standing) {
    VCS_ASSIGN(const std::string target, directory_->read_link(name_));
    if (target != entry_.symlink_target) return false;
    unchanged_.detail = link_difference(standing, entry_, options_);
    unchanged_.metadata = !unchanged_.detail.empty();
    if (unchanged_.metadata && may_correct())
      unchanged_.missing = restore_link_metadata(*directory_, name_, entry_, options_);
    return true;
  }

  Result<bool> is_same_file(const base::FileStat& standing) {
    auto opened = directory_->open_file(name_, base::OpenMode::read);
    // A file that cannot be read counts as different.
    if (!opened && opened.error().code == ErrorCode::denied) return false;
    VCS_ASSIGN(const auto file, std::move(opened));
    VCS_ASSIGN(const bool same, compare_in_parts(context_, entry_, *file));
    if (!same) return false;
    unchanged_.detail = metadata_difference(*file, standing, entry_, options_);
    unchanged_.metadata = !unchanged_.detail.empty();
    if (unchanged_.metadata && may_correct())
      unchanged_.missing = correct_metadata(*file, standing, entry_, options_);
    return true;
  }

  bool may_correct() const { return options_.overwrite && !options_.dry_run; }

  Result<RestoreOutcome> write_and_place(RestoreAction wanted) {
    const bool replace = wanted == RestoreAction::replace;
    VCS_ASSIGN(TemporaryEntry temporary,
               entry_.type == EntryType::symlink ? write_symlink() : write_file(replace));
    if (replace && options_.history != nullptr) {
      VCS_ASSIGN(RestoreOutcome placed, replace_standing(context_, path_, std::move(temporary)));
      if (placed.action == RestoreAction::replace) placed.missing = std::move(missing_);
      return placed;
    }
    // Removes an empty folder first, as rename() would refuse it; a full one stays.
    if (replace && standing_type_ == FileType::directory)
      VCS_TRY(directory_->remove_directory(name_));
    VCS_TRY(temporary.move_to(name_, replace));
    return RestoreOutcome{wanted, {}, false, false, std::move(missing_)};
  }

  // A file that replaces another is durable first: after a power cut one of the two must exist.
  Result<TemporaryEntry> write_file(bool replace) {
    Directory& directory = *directory_;
    folder_.touch();
    auto opened = Result<std::unique_ptr<base::File>>(nullptr);
    VCS_ASSIGN(TemporaryEntry temporary,
               claim_name(context_, directory, false, [&](const std::string& name) -> Result<void> {
                 opened = directory.open_file(name, base::OpenMode::create_new, 0600);
                 return opened ? Result<void>() : Failure(opened.error());
               }));
    base::File& file = **opened;
    VCS_TRY(write_in_parts(context_, entry_, file));
    missing_ = restore_metadata(file, entry_, options_, folder_.gives_attributes());
    if (replace) VCS_TRY(file.sync());
    return temporary;
  }

  Result<TemporaryEntry> write_symlink() {
    Directory& directory = *directory_;
    folder_.touch();
    VCS_ASSIGN(TemporaryEntry temporary,
               claim_name(context_, directory, false, [&](const std::string& name) {
                 return directory.make_symlink(entry_.symlink_target, name);
               }));
    missing_ = restore_link_metadata(directory, temporary.name(), entry_, options_);
    return temporary;
  }

  RestoreContext& context_;
  const RestoreOptions& options_;
  const RestoreFolder& folder_;
  const Result<std::shared_ptr<Directory>> found_;
  Directory* const directory_;  // null: there is none
  const TreeEntry& entry_;
  const std::string& path_;
  const std::string name_;
  FileType standing_type_ = FileType::regular;
  RestoreOutcome unchanged_{RestoreAction::unchanged, {}};
  std::string missing_;  // metadata that could not be set
};

}  // namespace

RestoreOutcome restore_file(RestoreContext& context, const RestoreFolder& folder,
                            const object::LeafItem& item) {
  auto outcome = context.patiently([&] {
    return base::within_memory([&] { return FileRestorer(context, folder, item).run(); });
  });
  if (!outcome) return {RestoreAction::failed, std::move(outcome).error().message};
  return std::move(*outcome);
}

}  // namespace vcs::restore
