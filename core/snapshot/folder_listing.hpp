// The names in one folder, sorted, in one block of memory: a folder may have a million of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/filesystem.hpp"

namespace vcs::snapshot {

class FolderListing {
 public:
  static base::Result<FolderListing> read(base::Directory& directory);

  std::size_t size() const { return entries_.size(); }
  std::string_view name(std::size_t position) const {
    return std::string_view(names_).substr(entries_[position].offset, entries_[position].length);
  }
  // Nothing: the filesystem did not tell.
  std::optional<base::FileType> type(std::size_t position) const {
    if (!entries_[position].type_known) return std::nullopt;
    return entries_[position].type;
  }
  bool contains(std::string_view name) const;

 private:
  struct Entry {
    std::uint64_t offset = 0;
    std::uint16_t length = 0;
    base::FileType type = base::FileType::other;
    bool type_known = false;
  };
  std::string names_;
  std::vector<Entry> entries_;
};

}  // namespace vcs::snapshot
