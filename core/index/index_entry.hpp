// SPDX-License-Identifier: Apache-2.0
// One entry of the index, when it is trusted, and how entries are gone through in order: the words
// that the parts of the index share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/filesystem.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::index {

struct IndexEntry {
  object::EntryType type = object::EntryType::file;
  std::uint32_t mode = 0;
  std::uint64_t size = 0, inode = 0;
  base::UnixNanos mtime{}, ctime{};
  object::ContentRef content;  // a symlink's: blob, hash of the target
  bool recheck =
      false;  // racy, unstable or unreadable when captured: never trusted, always looked at again
  bool operator==(const IndexEntry&) const = default;
};

// The rule of trust: the stat data are equal and the entry is not marked. Racy entries are marked
// when they are written: see is_racy.
bool matches(const IndexEntry& entry, const base::FileStat& stat);

// An entry whose times lie within `granularity` of the scan's start (or after it) may change once
// more without a visible trace. Of an mtime in the future, which a person has set, the ctime tells.
bool is_racy(const base::FileStat& stat, base::UnixNanos scan_start, base::Nanos granularity);

struct IndexChange {
  std::string path;
  std::optional<IndexEntry> entry;  // none: remove
};

// Iterates in tree order (object::compare_paths). Cheap to make; seek is O(log n).
class IndexCursor {
 public:
  virtual ~IndexCursor() = default;
  virtual void seek(std::string_view path) = 0;  // to the first entry >= path
  // To the first entry that is neither `folder` nor below it.
  virtual void seek_past(std::string_view folder) = 0;
  virtual bool valid() const = 0;
  virtual std::string_view path() const = 0;  // until the next move
  virtual const IndexEntry& entry() const = 0;
  virtual void next() = 0;
};

}  // namespace vcs::index
