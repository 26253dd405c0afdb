// SPDX-License-Identifier: Apache-2.0
// Walks the folders in the order of names.
#include "core/remote/drivers/file/object_listing.hpp"

#include <algorithm>
#include <vector>

namespace vcs::remote::drivers {

namespace {

using base::Directory;
using base::FileType;

struct Entry {
  std::string key;  // the name; with a '/' for a folder, so that sorting gives the order of names
  FileType type;
};

// Whether `full` is such an object, or a folder that may hold one.
bool is_wanted(const WantedObjects& wanted, const std::string& full, bool folder) {
  const bool fits = full.starts_with(wanted.prefix) || (folder && wanted.prefix.starts_with(full));
  return fits && (full > wanted.after || (folder && wanted.after.starts_with(full)));
}

// Nothing: it is gone.
Result<std::optional<FileType>> type_of(Directory& folder, const base::DirectoryEntry& entry) {
  if (entry.type_known) return entry.type;
  const auto stat = folder.stat(entry.name);
  if (stat) return stat->type;
  if (stat.error().code == ErrorCode::not_found) return std::nullopt;
  return tl::unexpected(stat.error());
}

Result<std::vector<Entry>> wanted_entries(Directory& folder, const std::string& path,
                                          const WantedObjects& wanted) {
  std::vector<Entry> entries;
  Result<void> result;
  VCS_TRY(folder.list([&](const base::DirectoryEntry& entry) {
    result = wanted.cancellation.check();
    if (!result) return false;
    if (!is_valid_object_name(entry.name)) return true;
    const auto type = type_of(folder, entry);
    if (!type) result = tl::unexpected(type.error());
    if (!type || !*type) return type.has_value();
    const bool is_folder = **type == FileType::directory;
    std::string key = entry.name + (is_folder ? "/" : "");
    if (is_wanted(wanted, path + key, is_folder)) entries.push_back({std::move(key), **type});
    return true;
  }));
  VCS_TRY(std::move(result));
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  return entries;
}

Result<bool> tell(Directory& folder, const std::string& path, const Entry& entry,
                  const WantedObjects& wanted) {
  if (entry.type != FileType::regular) return true;
  VCS_ASSIGN(const auto stat, folder.stat(entry.key));
  return wanted.visitor({path + entry.key, stat.size, stat.mtime});
}

// False: the visitor has stopped the listing.
Result<bool> list_folder(Directory& folder, const std::string& path, const WantedObjects& wanted);

Result<bool> list_below(Directory& folder, const std::string& path, const Entry& entry,
                        const WantedObjects& wanted) {
  VCS_ASSIGN(const auto child, folder.open_directory(entry.key.substr(0, entry.key.size() - 1)));
  return list_folder(*child, path + entry.key, wanted);
}

Result<bool> list_folder(Directory& folder, const std::string& path, const WantedObjects& wanted) {
  VCS_ASSIGN(const auto entries, wanted_entries(folder, path, wanted));
  for (const Entry& entry : entries) {
    VCS_TRY(wanted.cancellation.check());
    auto more = entry.type == FileType::directory ? list_below(folder, path, entry, wanted)
                                                  : tell(folder, path, entry, wanted);
    if (!more && more.error().code == ErrorCode::not_found) continue;  // removed meanwhile
    if (!more || !*more) return more;
  }
  return true;
}

}  // namespace

Result<void> list_objects(Directory& root, const WantedObjects& wanted) {
  VCS_TRY(list_folder(root, "", wanted));
  return {};
}

}  // namespace vcs::remote::drivers
