// The names in one folder, sorted, in one block of memory.
#include "core/snapshot/folder_listing.hpp"

#include <algorithm>

namespace vcs::snapshot {

base::Result<FolderListing> FolderListing::read(base::Directory& directory) {
  FolderListing listing;
  VCS_TRY(directory.list([&](const base::DirectoryEntry& entry) {
    listing.entries_.push_back({listing.names_.size(),
                                static_cast<std::uint16_t>(entry.name.size()), entry.type,
                                entry.type_known});
    listing.names_ += entry.name;
    return true;
  }));
  const std::string_view names = listing.names_;
  std::sort(listing.entries_.begin(), listing.entries_.end(), [&](const Entry& a, const Entry& b) {
    return names.substr(a.offset, a.length) < names.substr(b.offset, b.length);
  });
  return listing;
}

bool FolderListing::contains(std::string_view wanted) const {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), wanted, [&](const Entry& entry, std::string_view name) {
        return std::string_view(names_).substr(entry.offset, entry.length) < name;
      });
  return found != entries_.end() &&
         std::string_view(names_).substr(found->offset, found->length) == wanted;
}

}  // namespace vcs::snapshot
