// SPDX-License-Identifier: Apache-2.0
// Exchanges a finished entry with what stands in its place, and examines what stood there.
#include "core/restore/restore_place.hpp"

#include "core/base/special_calls.hpp"
#include "core/object/tree_paths.hpp"
#include "core/restore/sparse_content.hpp"

namespace vcs::restore {

using base::Directory;
using base::FileStat;
using base::FileType;
using object::EntryType;
using object::TreeEntry;

namespace {

constexpr std::uint32_t kOwnerReads = 0400;

// False, too, if the system cannot tell: then the comparison of the times must find a writer.
bool is_written(base::File& file) {
  const auto writer = file.has_writer();
  return writer && *writer;
}

bool same_state(const FileStat& a, const FileStat& b) {
  return a.type == b.type && a.inode == b.inode && a.device == b.device && a.size == b.size &&
         a.mtime == b.mtime;
}

// Decides whether an entry that stands, or stood until now, may be removed.
class Examination {
 public:
  Examination(RestoreContext& context, Directory& directory, const std::string& name,
              const std::string& path, bool unlock)
      : context_(context),
        history_(*context.options.history),
        directory_(directory),
        name_(name),
        path_(path),
        unlock_(unlock) {}

  Result<std::optional<RestoreOutcome>> objection() {
    VCS_ASSIGN(stat_, directory_.stat(name_));
    switch (stat_.type) {
      case FileType::regular:
        return look_at_file();
      case FileType::symlink:
        return look_at_symlink();
      default:
        return refused("a device, pipe or socket is in its place");
    }
  }

 private:
  using Objection = std::optional<RestoreOutcome>;

  // Refuses with a reason in the last round, and postpones before.
  Objection not_kept(const std::string& why) {
    if (!context_.last_round) return RestoreOutcome{RestoreAction::refused, why, true};
    lock_again();
    return refused(why.empty() ? history_.why_not(path_) : why);
  }

  Result<Objection> look_at_symlink() {
    VCS_ASSIGN(const std::string target, directory_.read_link(name_));
    VCS_ASSIGN(
        const bool kept, history_.has(path_, [&](store::ObjectStore&, const TreeEntry& entry) {
          return Result<bool>(entry.type == EntryType::symlink && entry.symlink_target == target);
        }));
    return kept ? Objection() : not_kept({});
  }

  // The file has a hidden name by now, so nobody opens it any more: only a process that has it open
  // already could still write to it.
  Result<Objection> look_at_file() {
    auto file = open();
    if (!file && file.error().code == ErrorCode::denied && context_.would_unlock(stat_))
      return RestoreOutcome{RestoreAction::replace,
                            "its permissions forbid reading it, so it counts as different"};
    if (!file && file.error().code == ErrorCode::denied)
      return not_kept("what stands there cannot be read, so it is not known to be in the history");
    if (!file) return Failure(file.error());
    if (is_written(**file)) return being_written();
    VCS_ASSIGN(const FileStat before, (*file)->stat());
    VCS_ASSIGN(const bool kept,
               history_.has(path_, [&](store::ObjectStore& store, const TreeEntry& entry) {
                 return is_content_of(store, entry, **file, before.size);
               }));
    VCS_ASSIGN(const FileStat after, (*file)->stat());
    if (!same_state(before, after) || is_written(**file)) return being_written();
    return kept ? Objection() : not_kept({});
  }

  Objection being_written() {
    return not_kept("a program is writing to what stands there; close it, then try again");
  }

  // Content that the history cannot read back counts as missing.
  Result<bool> is_content_of(store::ObjectStore& store, const TreeEntry& entry, base::File& file,
                             std::uint64_t size) {
    if (entry.type != EntryType::file || entry.size != size) return false;
    auto same = has_content(store, entry, {}, file, [&](std::uint64_t) -> Result<void> {
      if (context_.cancelled()) return fail(ErrorCode::cancelled, "the restore was cancelled");
      return {};
    });
    if (!same && same.error().code != ErrorCode::cancelled && same.error().code != ErrorCode::io)
      return false;
    return same;
  }

  // Makes the file readable if its owner may, also for the save that shall keep it.
  Result<std::unique_ptr<base::File>> open() {
    auto file = directory_.open_file(name_, base::OpenMode::read);
    if (file || file.error().code != ErrorCode::denied || !unlock_) return file;
    if (!base::set_mode(directory_, name_, stat_.mode | kOwnerReads)) return file;
    context_.postponed.remember_mode(path_, stat_.mode);
    return directory_.open_file(name_, base::OpenMode::read);
  }

  void lock_again() {
    if (!unlock_ || stat_.type != FileType::regular) return;
    if (const auto before = context_.postponed.mode_before(path_))
      static_cast<void>(base::set_mode(directory_, name_, *before));
  }

  RestoreContext& context_;
  StandingHistory& history_;
  Directory& directory_;
  const std::string& name_;
  const std::string& path_;
  const bool unlock_;
  FileStat stat_;
};

class Replacement {
 public:
  Replacement(RestoreContext& context, const std::string& path, TemporaryEntry ours)
      : context_(context),
        path_(path),
        name_(object::base_name(path)),
        ours_(std::move(ours)),
        directory_(ours_.directory()) {}

  Result<RestoreOutcome> run() {
    // A name that no sweep removes: after the exchange, the work of a person has it.
    VCS_TRY(ours_.rename(context_.names.next_aside()));
    VCS_ASSIGN(our_state_, directory_.stat(ours_.name()));
    aside_ = ours_.name();
    auto swapped = swap();
    if (!swapped && swapped.error().code == ErrorCode::not_found) {
      VCS_TRY(ours_.move_to(name_, false));  // nothing stands there any more
      return done();
    }
    VCS_TRY(std::move(swapped));
    ours_.release();
    auto objection = take_away();
    if (objection && !*objection) return done();
    auto back = put_back();
    if (!back) return back;
    if (!objection) return Failure(objection.error());
    return back->action == RestoreAction::failed ? *back : **objection;
  }

 private:
  static RestoreOutcome done() { return {RestoreAction::replace, {}}; }

  // Exchanges the two names, in one step if the system can. Else the place is empty for a moment.
  Result<void> swap() {
    auto swapped = base::exchange(directory_, aside_, name_);
    if (swapped || swapped.error().code != ErrorCode::unsupported) return swapped;
    std::string other = context_.names.next_aside();
    VCS_TRY(directory_.rename(name_, directory_, other, true));
    auto placed = directory_.rename(aside_, directory_, name_, true);
    if (!placed) {
      if (!directory_.rename(other, directory_, name_, true))
        return fail(placed.error().code, "{}; what stood there is kept as {}",
                    placed.error().message, other);
      return placed;
    }
    aside_ = std::move(other);
    return {};
  }

  // Removes what stood there. Returns why it must stay; nothing: it is gone.
  Result<std::optional<RestoreOutcome>> take_away() {
    VCS_ASSIGN(const FileStat standing, directory_.stat(aside_));
    if (standing.type == FileType::directory) {
      if (directory_.remove_directory(aside_)) return std::optional<RestoreOutcome>();
      return std::optional(
          RestoreOutcome{RestoreAction::refused, "a folder that is not empty is in its place"});
    }
    VCS_ASSIGN(auto objection, objection_to_removal(context_, directory_, aside_, path_, true));
    if (!objection) VCS_TRY(directory_.remove_file(aside_));
    return objection;
  }

  // Returns `failed` with an explanation if others changed the place meanwhile.
  Result<RestoreOutcome> put_back() {
    auto swapped = swap();
    if (!swapped && swapped.error().code == ErrorCode::not_found)
      return directory_.rename(aside_, directory_, name_, true).map([] { return done(); });
    if (!swapped)
      return fail(swapped.error().code, "{}; what stood there is kept as {}",
                  swapped.error().message, aside_);
    if (is_ours()) {
      TemporaryEntry ours(directory_, aside_, our_state_.type == FileType::directory);
      return done();
    }
    // A program wrote meanwhile: the newest file stays in the place, and the other one beside it.
    static_cast<void>(swap());
    return RestoreOutcome{RestoreAction::failed,
                          fmt::format("it was written to meanwhile; what stood there before is "
                                      "kept beside it as {}",
                                      aside_)};
  }

  // True if nobody wrote to our entry while it was in the place, and nobody can now.
  bool is_ours() {
    const auto stat = directory_.stat(aside_);
    if (!stat || stat->inode != our_state_.inode || stat->device != our_state_.device) return false;
    if (stat->type == FileType::directory) return true;  // a full folder cannot be removed
    if (!same_state(*stat, our_state_)) return false;
    if (stat->type != FileType::regular) return true;
    const auto file = directory_.open_file(aside_, base::OpenMode::read);
    return !file || !is_written(**file);
  }

  RestoreContext& context_;
  const std::string& path_;
  const std::string name_;
  TemporaryEntry ours_;
  Directory& directory_;
  FileStat our_state_;
  std::string aside_;  // name of the entry beside the place: first ours, then the one that stood
};

}  // namespace

std::string TemporaryNames::next() {
  return fmt::format(".vcsd-{:016x}.tmp", next_.fetch_add(1, std::memory_order_relaxed));
}

std::string TemporaryNames::next_aside() {
  return fmt::format(".vcsd-{:016x}.old", next_.fetch_add(1, std::memory_order_relaxed));
}

void Postponed::add(const std::string& path) {
  const base::Lock lock(mutex_);
  paths_.push_back(path);
}

std::vector<std::string> Postponed::take() {
  const base::Lock lock(mutex_);
  return std::exchange(paths_, {});
}

void Postponed::remember_mode(const std::string& path, std::uint32_t mode) {
  const base::Lock lock(mutex_);
  modes_.emplace(path, mode);
}

std::optional<std::uint32_t> Postponed::mode_before(const std::string& path) {
  const base::Lock lock(mutex_);
  const auto found = modes_.find(path);
  return found == modes_.end() ? std::nullopt : std::optional(found->second);
}

TemporaryEntry::~TemporaryEntry() {
  if (name_.empty()) return;
  if (is_folder_)
    static_cast<void>(directory_.remove_directory(name_));
  else
    static_cast<void>(directory_.remove_file(name_));
}

Result<void> TemporaryEntry::move_to(const std::string& name, bool replace) {
  VCS_TRY(directory_.rename(name_, directory_, name, !replace));
  name_.clear();
  return {};
}

Result<void> TemporaryEntry::rename(const std::string& name) {
  VCS_TRY(directory_.rename(name_, directory_, name, true));
  name_ = name;
  return {};
}

Result<RestoreOutcome> replace_standing(RestoreContext& context, const std::string& path,
                                        TemporaryEntry temporary) {
  return Replacement(context, path, std::move(temporary)).run();
}

Result<std::optional<RestoreOutcome>> objection_to_removal(RestoreContext& context,
                                                           Directory& directory,
                                                           const std::string& name,
                                                           const std::string& path, bool unlock) {
  return Examination(context, directory, name, path, unlock).objection();
}

}  // namespace vcs::restore
