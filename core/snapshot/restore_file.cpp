// SPDX-License-Identifier: Apache-2.0
// One file or symlink of a restore.
#include "core/snapshot/restore_file.hpp"

#include <utility>

#include "core/snapshot/restore_metadata.hpp"
#include "core/snapshot/restore_parts.hpp"
#include "core/snapshot/tree_paths.hpp"

namespace vcs::snapshot {

using base::Directory;
using base::ErrorCode;
using base::FileType;
using base::Result;
using object::EntryType;
using object::TreeEntry;

namespace {

constexpr int kNameAttempts = 8;

// A name beside the place of a file that is removed again unless it was renamed into it.
class TemporaryEntry {
 public:
  TemporaryEntry(Directory& directory, std::string name)
      : directory_(directory), name_(std::move(name)) {}
  TemporaryEntry(TemporaryEntry&& other) noexcept
      : directory_(other.directory_), name_(std::exchange(other.name_, {})) {}
  // A failure to remove would hide the failure that led here, and leaves only a stray file.
  ~TemporaryEntry() {
    if (!name_.empty()) static_cast<void>(directory_.remove_file(name_));
  }

  const std::string& name() const { return name_; }
  Result<void> move_to(const std::string& name, bool replace) {
    VCS_TRY(directory_.rename(name_, directory_, name, !replace));
    name_.clear();
    return {};
  }

 private:
  Directory& directory_;
  std::string name_;
};

class FileRestorer {
 public:
  FileRestorer(RestoreContext& context, const RestoreFolder& folder, const object::LeafItem& item)
      : context_(context),
        options_(context.options),
        folder_(folder),
        entry_(item.entry),
        name_(base_name(item.path)) {}

  Result<RestoreOutcome> run() {
    VCS_ASSIGN(const RestoreOutcome wanted, decide());
    if (wanted.action != RestoreAction::create && wanted.action != RestoreAction::replace)
      return wanted;
    if (options_.dry_run) return wanted;
    auto placed = write_and_place(wanted.action == RestoreAction::replace);
    if (!placed && placed.error().code == ErrorCode::already_exists)
      return refused("something appeared in its place meanwhile");
    VCS_TRY(std::move(placed));
    return wanted;
  }

 private:
  static RestoreOutcome refused(std::string why) {
    return {RestoreAction::refused, std::move(why)};
  }

  // What has to be done, from what is in the place. Mends the metadata of a file that is the same
  // but for it.
  Result<RestoreOutcome> decide() {
    if (folder_.directory() == nullptr || folder_.is_new())
      return RestoreOutcome{RestoreAction::create, {}};
    const auto standing = folder_.directory()->stat(name_);
    if (!standing && standing.error().code == ErrorCode::not_found)
      return RestoreOutcome{RestoreAction::create, {}};
    VCS_TRY(standing);
    standing_type_ = standing->type;
    VCS_ASSIGN(const bool same, is_same(*standing));
    if (same) return RestoreOutcome{RestoreAction::unchanged, {}};
    if (standing->type == FileType::other)
      return refused("a device, pipe or socket is in its place");
    if (!options_.overwrite)
      return refused(standing->type == FileType::directory ? "a folder is in its place"
                                                           : "what is in its place differs");
    if (standing->type == FileType::directory) {
      VCS_ASSIGN(const bool empty, is_empty_folder());
      if (!empty) return refused("a folder that is not empty is in its place");
    }
    return RestoreOutcome{RestoreAction::replace, {}};
  }

  Result<bool> is_empty_folder() {
    VCS_ASSIGN(const auto folder, folder_.directory()->open_directory(name_));
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
    VCS_ASSIGN(const std::string target, folder_.directory()->read_link(name_));
    if (target != entry_.symlink_target) return false;
    if (!options_.dry_run && standing.mtime != entry_.mtime)
      VCS_TRY(folder_.directory()->set_mtime(name_, entry_.mtime));
    return true;
  }

  Result<bool> is_same_file(const base::FileStat& standing) {
    VCS_ASSIGN(const auto file, folder_.directory()->open_file(name_, base::OpenMode::read));
    VCS_ASSIGN(const bool same, compare_in_parts(context_, entry_, *file));
    if (same && !options_.dry_run) VCS_TRY(mend_metadata(*file, standing, entry_, options_));
    return same;
  }

  Result<void> write_and_place(bool replace) {
    VCS_ASSIGN(TemporaryEntry temporary,
               entry_.type == EntryType::symlink ? write_symlink() : write_file(replace));
    // Only an empty folder goes; rename() would refuse it, and a full one is not ours to remove.
    if (replace && standing_type_ == FileType::directory)
      VCS_TRY(folder_.directory()->remove_directory(name_));
    return temporary.move_to(name_, replace);
  }

  // What replaces something is durable first: a power cut must not leave neither of them.
  Result<TemporaryEntry> write_file(bool replace) {
    Directory& directory = *folder_.directory();
    auto opened = Result<std::unique_ptr<base::File>>(nullptr);
    VCS_ASSIGN(TemporaryEntry temporary, claim_name([&](const std::string& name) -> Result<void> {
                 opened = directory.open_file(name, base::OpenMode::create_new, 0600);
                 return opened ? Result<void>() : base::Failure(opened.error());
               }));
    base::File& file = **opened;
    VCS_TRY(write_in_parts(context_, entry_, file));
    VCS_TRY(restore_metadata(file, entry_, options_));
    if (replace) VCS_TRY(file.sync());
    return temporary;
  }

  Result<TemporaryEntry> write_symlink() {
    Directory& directory = *folder_.directory();
    VCS_ASSIGN(TemporaryEntry temporary, claim_name([&](const std::string& name) {
                 return directory.make_symlink(entry_.symlink_target, name);
               }));
    if (options_.restore_owner)
      VCS_TRY(directory.set_owner(temporary.name(), entry_.uid, entry_.gid));
    VCS_TRY(directory.set_mtime(temporary.name(), entry_.mtime));
    return temporary;
  }

  // `make` must fail with already_exists where something has the name: it may be a stray file of
  // another restore.
  template <typename Make>
  Result<TemporaryEntry> claim_name(Make&& make) {
    for (int attempt = 1;; ++attempt) {
      std::string name = context_.names.next();
      const Result<void> made = make(name);
      if (made) return TemporaryEntry(*folder_.directory(), std::move(name));
      if (made.error().code != ErrorCode::already_exists || attempt == kNameAttempts)
        return base::Failure(made.error());
    }
  }

  RestoreContext& context_;
  const RestoreOptions& options_;
  const RestoreFolder& folder_;
  const TreeEntry& entry_;
  const std::string name_;
  FileType standing_type_ = FileType::regular;
};

}  // namespace

std::string TemporaryNames::next() {
  return fmt::format(".vcsd-{:016x}.tmp", next_.fetch_add(1, std::memory_order_relaxed));
}

RestoreOutcome restore_file(RestoreContext& context, const RestoreFolder& folder,
                            const object::LeafItem& item) {
  auto outcome = FileRestorer(context, folder, item).run();
  if (!outcome) return {RestoreAction::failed, std::move(outcome).error().message};
  return std::move(*outcome);
}

}  // namespace vcs::snapshot
