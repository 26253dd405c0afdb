// SPDX-License-Identifier: Apache-2.0
// Reads the names of a folder and sorts them.
#include "core/worktree/folder_listing.hpp"

#include <algorithm>
#include <utility>

namespace vcs::worktree {
namespace {

// Most folders need one small block. Blocks grow to a limit, so the last one wastes little.
constexpr std::size_t kFirstBlock = std::size_t{1} << 10;
constexpr std::size_t kLargestBlock = std::size_t{64} << 10;

}  // namespace

Result<FolderListing> FolderListing::read(base::Directory& directory) {
  FolderListing listing;
  VCS_TRY(directory.list([&](const base::DirectoryEntry& entry) {
    listing.add(entry);
    return true;
  }));
  std::sort(listing.entries_.begin(), listing.entries_.end(),
            [](const char* a, const char* b) { return name_of(a) < name_of(b); });
  return listing;
}

void FolderListing::add(const base::DirectoryEntry& entry) {
  const Head head{static_cast<std::uint16_t>(entry.name.size()), entry.type, entry.type_known};
  char* place = room_for(sizeof head + entry.name.size());
  std::memcpy(place, &head, sizeof head);
  std::copy(entry.name.begin(), entry.name.end(), place + sizeof head);
  entries_.push_back(place);
}

char* FolderListing::room_for(std::size_t size) {
  if (block_size_ - used_ < size) {
    block_size_ = std::max(size, std::clamp(block_size_ * 4, kFirstBlock, kLargestBlock));
    used_ = 0;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
  }
  return blocks_.back().get() + std::exchange(used_, used_ + size);
}

bool FolderListing::contains(std::string_view wanted) const {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), wanted,
      [](const char* entry, std::string_view name) { return name_of(entry) < name; });
  return found != entries_.end() && name_of(*found) == wanted;
}

}  // namespace vcs::worktree
