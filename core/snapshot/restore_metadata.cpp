// SPDX-License-Identifier: Apache-2.0
// Owner, mode, time and attributes of restored files and folders.
#include "core/snapshot/restore_metadata.hpp"

#include <algorithm>

namespace vcs::snapshot {

using base::ErrorCode;
using base::Result;
using object::TreeEntry;

namespace {

constexpr std::uint32_t kSetuidAndSetgid = 06000;

// Rights in the shape of an attribute: like setuid, only together with the owner.
constexpr std::string_view kCapabilities = "security.capability";

Result<void> unless_impossible(Result<void> result) {
  if (!result &&
      (result.error().code == ErrorCode::unsupported || result.error().code == ErrorCode::denied))
    return {};
  return result;
}

bool is_wanted(const base::ExtendedAttribute& attribute, const RestoreOptions& options) {
  return options.restore_owner || attribute.name != kCapabilities;
}

// Setting an owner drops capabilities, so these come after it.
template <typename Set>
Result<void> set_attributes(const TreeEntry& entry, const RestoreOptions& options,
                            bool capabilities, Set&& set) {
  for (const base::ExtendedAttribute& attribute : entry.attributes)
    if ((attribute.name == kCapabilities) == capabilities && is_wanted(attribute, options))
      VCS_TRY(unless_impossible(set(attribute)));
  return {};
}

Result<void> mend_attributes(base::File& file, const TreeEntry& entry,
                             const RestoreOptions& options) {
  if (entry.attributes.empty()) return {};
  VCS_ASSIGN(const auto standing, file.extended_attributes());
  for (const base::ExtendedAttribute& attribute : entry.attributes) {
    const bool stands = std::find(standing.begin(), standing.end(), attribute) != standing.end();
    if (!stands && is_wanted(attribute, options))
      VCS_TRY(unless_impossible(file.set_extended_attribute(attribute)));
  }
  return {};
}

}  // namespace

std::uint32_t mode_to_restore(const TreeEntry& entry, const RestoreOptions& options) {
  return options.restore_owner ? entry.mode : entry.mode & ~kSetuidAndSetgid;
}

Result<void> restore_metadata(base::File& file, const TreeEntry& entry,
                              const RestoreOptions& options) {
  const auto set = [&](const base::ExtendedAttribute& attribute) {
    return file.set_extended_attribute(attribute);
  };
  VCS_TRY(set_attributes(entry, options, false, set));
  if (options.restore_owner) VCS_TRY(file.set_owner(entry.uid, entry.gid));
  VCS_TRY(set_attributes(entry, options, true, set));
  VCS_TRY(file.set_mode(mode_to_restore(entry, options)));
  return file.set_mtime(entry.mtime);
}

Result<void> restore_metadata(base::Directory& directory, const TreeEntry& entry,
                              const RestoreOptions& options) {
  const auto set = [&](const base::ExtendedAttribute& attribute) {
    return directory.set_extended_attribute_self(attribute);
  };
  VCS_TRY(set_attributes(entry, options, false, set));
  if (options.restore_owner) VCS_TRY(directory.set_owner_self(entry.uid, entry.gid));
  VCS_TRY(directory.set_mode_self(mode_to_restore(entry, options)));
  return directory.set_mtime_self(entry.mtime);
}

Result<void> mend_metadata(base::File& file, const base::FileStat& standing, const TreeEntry& entry,
                           const RestoreOptions& options) {
  VCS_TRY(mend_attributes(file, entry, options));
  const bool owner_differs =
      options.restore_owner && (standing.uid != entry.uid || standing.gid != entry.gid);
  if (owner_differs) VCS_TRY(file.set_owner(entry.uid, entry.gid));
  // Rights that the file has and had are not taken away.
  const std::uint32_t mode =
      mode_to_restore(entry, options) | (entry.mode & standing.mode & kSetuidAndSetgid);
  if (owner_differs || standing.mode != mode) VCS_TRY(file.set_mode(mode));
  if (standing.mtime != entry.mtime) VCS_TRY(file.set_mtime(entry.mtime));
  return {};
}

}  // namespace vcs::snapshot
