// SPDX-License-Identifier: Apache-2.0
// Sets and compares owner, mode, time and attributes of restored files and folders.
#include "core/restore/restore_metadata.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>

#include "core/base/special_calls.hpp"

namespace vcs::restore {

using base::Directory;
using base::ExtendedAttribute;
using base::File;
using base::FileStat;
using object::EntryType;
using object::TreeEntry;

namespace {

using Attributes = std::vector<ExtendedAttribute>;

// FAT stores times in steps of two seconds.
constexpr base::Nanos kCoarsestTime = std::chrono::seconds(2);
constexpr std::uint32_t kSetuid = 04000, kSetuidAndSetgid = 06000, kOwnerWrites = 0200;

// An attribute that grants rights: like setuid, it comes back only together with the owner.
constexpr std::string_view kCapabilities = "security.capability";
// The ACL of an entry itself, and the ACL that new entries of a folder get.
constexpr std::string_view kAcl = "system.posix_acl_access";
constexpr std::string_view kDefaultAcl = "system.posix_acl_default";

// FileHandle and FolderHandle give files and folders one interface.
struct FileHandle {
  File& file;
  Result<FileStat> stat() { return file.stat(); }
  Result<Attributes> attributes() { return file.extended_attributes(); }
  Result<void> set(const ExtendedAttribute& attribute) {
    return file.set_extended_attribute(attribute);
  }
  Result<void> remove(const std::string& name) {
    return base::remove_extended_attribute(file, name);
  }
  Result<void> set_owner(std::uint32_t uid, std::uint32_t gid) { return file.set_owner(uid, gid); }
  Result<void> set_mode(std::uint32_t mode) { return file.set_mode(mode); }
  Result<void> set_mtime(base::UnixNanos mtime) { return file.set_mtime(mtime); }
};

struct FolderHandle {
  Directory& directory;
  Result<FileStat> stat() { return directory.stat_self(); }
  Result<Attributes> attributes() { return directory.extended_attributes_self(); }
  Result<void> set(const ExtendedAttribute& attribute) {
    return directory.set_extended_attribute_self(attribute);
  }
  Result<void> remove(const std::string& name) {
    return base::remove_extended_attribute(directory, name);
  }
  Result<void> set_owner(std::uint32_t uid, std::uint32_t gid) {
    return directory.set_owner_self(uid, gid);
  }
  Result<void> set_mode(std::uint32_t mode) { return directory.set_mode_self(mode); }
  Result<void> set_mtime(base::UnixNanos mtime) { return directory.set_mtime_self(mtime); }
};

// A list of metadata that are missing or differ, with the reasons.
class List {
 public:
  void add(const std::string& what) { text_ += (text_.empty() ? "" : ", ") + what; }
  void add(const std::string& what, const Error& error) {
    const std::string why =
        error.os_error == 0 ? error.message : std::generic_category().message(error.os_error);
    add(what + " (" + why + ")");
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// A filesystem that supports no attributes, or denies them, has none.
Result<Attributes> readable(Result<Attributes> attributes) {
  if (!attributes && (attributes.error().code == ErrorCode::unsupported ||
                      attributes.error().code == ErrorCode::denied))
    return Attributes();
  return attributes;
}

bool is_ours_to_set(const std::string& name, const RestoreOptions& options) {
  return options.restore_owner || name != kCapabilities;
}

struct AttributeChanges {
  std::vector<const ExtendedAttribute*> set;
  std::vector<std::string> remove;
  bool any() const { return !set.empty() || !remove.empty(); }
};

AttributeChanges changes_between(const Attributes& standing, const TreeEntry& entry,
                                 const RestoreOptions& options) {
  AttributeChanges changes;
  for (const ExtendedAttribute& attribute : entry.attributes)
    if (is_ours_to_set(attribute.name, options) &&
        std::find(standing.begin(), standing.end(), attribute) == standing.end())
      changes.set.push_back(&attribute);
  for (const ExtendedAttribute& attribute : standing) {
    const auto same_name = [&](const ExtendedAttribute& wanted) {
      return wanted.name == attribute.name;
    };
    if (is_ours_to_set(attribute.name, options) &&
        std::none_of(entry.attributes.begin(), entry.attributes.end(), same_name))
      changes.remove.push_back(attribute.name);
  }
  return changes;
}

// The mode of `entry`; without its owner, also without the rights that only the owner may give.
std::uint32_t mode_of(const TreeEntry& entry, bool with_owner) {
  if (with_owner) return entry.mode;
  return entry.mode & ~(entry.type == EntryType::directory ? kSetuid : kSetuidAndSetgid);
}

std::uint32_t mode_for(const FileStat* standing, const TreeEntry& entry, bool with_owner) {
  // Setuid and setgid stay if both the standing file and the entry have them.
  const std::uint32_t kept =
      standing != nullptr ? entry.mode & standing->mode & kSetuidAndSetgid : 0;
  return mode_of(entry, with_owner) | kept;
}

bool owner_differs(const FileStat& standing, const TreeEntry& entry,
                   const RestoreOptions& options) {
  return options.restore_owner && (standing.uid != entry.uid || standing.gid != entry.gid);
}

template <typename Handle>
class Setter {
 public:
  // `standing` null: the entry is new.
  Setter(Handle handle, const FileStat* standing, const TreeEntry& entry,
         const RestoreOptions& options)
      : handle_(handle), standing_(standing), entry_(entry), options_(options) {}

  std::string run(bool look_at_attributes) {
    if (look_at_attributes) {
      auto found = readable(handle_.attributes());
      found ? std::swap(attributes_, *found) : missing_.add("attributes", found.error());
    }
    const AttributeChanges changes = changes_between(attributes_, entry_, options_);
    if (standing_ != nullptr && changes.any() && (standing_->mode & kOwnerWrites) == 0)
      mode_moved_ = handle_.set_mode(standing_->mode | kOwnerWrites).has_value();
    set_attributes(changes, false);
    owner_is_assumed_ = standing_ == nullptr && is_of_whoever_makes_it();
    set_rights(changes);
    if (standing_ == nullptr || standing_->mtime != entry_.mtime) {
      if (const auto set = handle_.set_mtime(entry_.mtime); !set) missing_.add("time", set.error());
    }
    if (owner_is_assumed_ || missing_.text().empty()) look_again(changes);
    return missing_.text();
  }

 private:
  // A new file belongs to its maker, except in some folders and on some mounts, and setting the
  // owner again is a tenth of the cost of a small file. So assume it; look_again() checks it.
  bool is_of_whoever_makes_it() const {
    // Asking the system for each file would take as long as all else here.
    static const auto user = geteuid();
    static const auto group = getegid();
    return options_.restore_owner && entry_.uid == user && entry_.gid == group;
  }

  void set_rights(const AttributeChanges& changes) {
    if (!owner_is_assumed_) set_owner();
    set_attributes(changes, true);  // setting an owner drops capabilities
    set_mode();
  }

  void set_attributes(const AttributeChanges& changes, bool capabilities) {
    if (capabilities && owner_is_wrong_) return;
    for (const std::string& name : changes.remove)
      if ((name == kCapabilities) == capabilities) note(name, handle_.remove(name));
    for (const ExtendedAttribute* attribute : changes.set)
      if ((attribute->name == kCapabilities) == capabilities)
        note(attribute->name, handle_.set(*attribute));
  }

  // Some filesystems accept metadata that they do not store.
  void look_again(const AttributeChanges& changes) {
    auto now = handle_.stat();
    if (owner_is_assumed_ && (!now || owner_differs(*now, entry_, options_))) {
      owner_is_assumed_ = false;
      set_rights(changes);
      if (!missing_.text().empty()) return;
      now = handle_.stat();
    }
    if (!now) return;
    if (owner_differs(*now, entry_, options_)) missing_.add("owner");
    if (entry_.type != EntryType::symlink &&
        now->mode != mode_for(standing_, entry_, options_.restore_owner))
      missing_.add("mode");
    if (std::chrono::abs(now->mtime - entry_.mtime) > kCoarsestTime) missing_.add("time");
  }

  void note(const std::string& name, const Result<void>& done) {
    if (!done) return missing_.add(name, done.error());
    mode_moved_ = mode_moved_ || name == kAcl;
  }

  void set_owner() {
    if (!options_.restore_owner) return;
    if (standing_ != nullptr && !owner_differs(*standing_, entry_, options_)) return;
    const auto set = handle_.set_owner(entry_.uid, entry_.gid);
    mode_moved_ = true;
    if (set) return;
    const auto now = handle_.stat();
    if (now && !owner_differs(*now, entry_, options_)) return;
    owner_is_wrong_ = true;
    missing_.add("owner", set.error());
  }

  // If the owner could not be set, sets no rights of an owner.
  void set_mode() {
    const std::uint32_t mode = mode_for(owner_is_wrong_ ? nullptr : standing_, entry_,
                                        options_.restore_owner && !owner_is_wrong_);
    if (standing_ != nullptr && !mode_moved_ && standing_->mode == mode) return;
    const auto set = handle_.set_mode(mode);
    if (set) return;
    const auto now = handle_.stat();
    if (!now || now->mode != mode) missing_.add("mode", set.error());
  }

  Handle handle_;
  const FileStat* const standing_;
  const TreeEntry& entry_;
  const RestoreOptions& options_;
  Attributes attributes_;  // those on disk
  List missing_;
  bool mode_moved_ = false;  // an earlier step may have changed the mode
  bool owner_is_assumed_ = false;
  bool owner_is_wrong_ = false;
};

void add_stat_differences(const FileStat& standing, const TreeEntry& entry,
                          const RestoreOptions& options, List& list) {
  if (owner_differs(standing, entry, options))
    list.add(fmt::format("owner {}:{} in place of {}:{}", standing.uid, standing.gid, entry.uid,
                         entry.gid));
  const std::uint32_t mode = mode_for(&standing, entry, options.restore_owner);
  if (entry.type != EntryType::symlink && standing.mode != mode)
    list.add(fmt::format("mode {:o} in place of {:o}", standing.mode, mode));
  if (entry.type != EntryType::directory && standing.mtime != entry.mtime) list.add("time");
}

template <typename Handle>
std::string difference(Handle handle, const FileStat& standing, const TreeEntry& entry,
                       const RestoreOptions& options) {
  List list;
  add_stat_differences(standing, entry, options, list);
  const auto attributes = readable(handle.attributes());
  if (!attributes)
    list.add("attributes", attributes.error());
  else if (changes_between(*attributes, entry, options).any())
    list.add("attributes");
  return list.text();
}

}  // namespace

std::uint32_t mode_to_restore(const TreeEntry& entry, const RestoreOptions& options) {
  return mode_of(entry, options.restore_owner);
}

std::string restore_metadata(File& file, const TreeEntry& entry, const RestoreOptions& options,
                             bool inherits) {
  return Setter(FileHandle{file}, nullptr, entry, options).run(inherits);
}

std::string restore_metadata(Directory& directory, const TreeEntry& entry,
                             const RestoreOptions& options) {
  return Setter(FolderHandle{directory}, nullptr, entry, options).run(true);
}

std::string restore_link_metadata(Directory& directory, const std::string& name,
                                  const TreeEntry& entry, const RestoreOptions& options) {
  List missing;
  if (options.restore_owner) {
    const auto set = directory.set_owner(name, entry.uid, entry.gid);
    const auto now = set ? Result<FileStat>(FileStat{}) : directory.stat(name);
    if (!set && (!now || owner_differs(*now, entry, options))) missing.add("owner", set.error());
  }
  if (const auto set = directory.set_mtime(name, entry.mtime); !set)
    missing.add("time", set.error());
  return missing.text();
}

std::string correct_metadata(File& file, const FileStat& standing, const TreeEntry& entry,
                             const RestoreOptions& options) {
  return Setter(FileHandle{file}, &standing, entry, options).run(true);
}

std::string correct_metadata(Directory& directory, const FileStat& standing, const TreeEntry& entry,
                             const RestoreOptions& options) {
  return Setter(FolderHandle{directory}, &standing, entry, options).run(true);
}

std::string metadata_difference(File& file, const FileStat& standing, const TreeEntry& entry,
                                const RestoreOptions& options) {
  return difference(FileHandle{file}, standing, entry, options);
}

std::string metadata_difference(Directory& directory, const FileStat& standing,
                                const TreeEntry& entry, const RestoreOptions& options) {
  return difference(FolderHandle{directory}, standing, entry, options);
}

std::string link_difference(const FileStat& standing, const TreeEntry& entry,
                            const RestoreOptions& options) {
  List list;
  add_stat_differences(standing, entry, options, list);
  return list.text();
}

bool gives_attributes(const Result<Attributes>& attributes) {
  if (!attributes) return attributes.error().code != ErrorCode::unsupported;
  return std::any_of(attributes->begin(), attributes->end(),
                     [](const ExtendedAttribute& one) { return one.name == kDefaultAcl; });
}

}  // namespace vcs::restore
