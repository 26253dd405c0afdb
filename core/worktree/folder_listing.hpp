// SPDX-License-Identifier: Apache-2.0
// The names in one folder, sorted. A folder may hold a million names. So the names are stored one
// after another in blocks that never move, and an entry is a pointer into a block.
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/filesystem.hpp"

namespace vcs::worktree {

class FolderListing {
 public:
  static Result<FolderListing> read(base::Directory& directory);

  std::size_t size() const { return entries_.size(); }
  std::string_view name(std::size_t position) const { return name_of(entries_[position]); }
  // Nothing: the filesystem did not report it.
  std::optional<base::FileType> type(std::size_t position) const {
    const Head head = head_of(entries_[position]);
    if (!head.type_known) return std::nullopt;
    return head.type;
  }
  bool contains(std::string_view name) const;

 private:
  // Precedes each name in its block.
  struct Head {
    std::uint16_t length = 0;
    base::FileType type = base::FileType::other;
    bool type_known = false;
  };

  static Head head_of(const char* entry) {
    Head head;
    std::memcpy(&head, entry, sizeof head);
    return head;
  }
  static std::string_view name_of(const char* entry) {
    return {entry + sizeof(Head), head_of(entry).length};
  }
  void add(const base::DirectoryEntry& entry);
  char* room_for(std::size_t size);

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_size_ = 0, used_ = 0;  // of the last block
  std::vector<const char*> entries_;
};

}  // namespace vcs::worktree
