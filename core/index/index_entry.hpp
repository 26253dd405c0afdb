// SPDX-License-Identifier: Apache-2.0
// Types that the parts of the index share: an entry, the rule when it is trusted, and the cursor
// that visits entries in order.
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
      false;  // racy, unstable or unreadable when it was saved: never trusted, always read again
  bool operator==(const IndexEntry&) const = default;
};

// The rule of trust: true if the stat data are equal and `recheck` is not set. The writer of an
// entry sets it for a racy file, see is_racy.
bool matches(const IndexEntry& entry, const base::FileStat& stat);

// True if a time of the file lies within `granularity` before the scan's start, or after it: the
// file may change once more with the same times. A person may have set an mtime in the future; then
// only the ctime counts.
bool is_racy(const base::FileStat& stat, base::UnixNanos scan_start, base::Nanos granularity);

struct IndexChange {
  std::string path;
  std::optional<IndexEntry> entry;  // none: remove the path
};

// Visits entries in tree order (object::compare_paths). Cheap to create; seek is O(log n).
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
