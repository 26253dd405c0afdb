// SPDX-License-Identifier: Apache-2.0
// The rule of trust: whether an entry still describes the file.
#include <algorithm>

#include "core/index/index_entry.hpp"

namespace vcs::index {
namespace {

bool same_type(object::EntryType entry, base::FileType file) {
  switch (entry) {
    case object::EntryType::file:
      return file == base::FileType::regular;
    case object::EntryType::directory:
      return file == base::FileType::directory;
    case object::EntryType::symlink:
      return file == base::FileType::symlink;
  }
  return false;
}

}  // namespace

bool matches(const IndexEntry& entry, const base::FileStat& stat) {
  if (entry.recheck || !same_type(entry.type, stat.type)) return false;
  if (entry.mode != stat.mode || entry.mtime != stat.mtime) return false;
  // Only the ctime shows a change of owner or attributes. A save does not keep a folder's size and
  // inode, so they do not matter.
  if (entry.type == object::EntryType::directory) return entry.ctime == stat.ctime;
  return entry.size == stat.size && entry.inode == stat.inode && entry.ctime == stat.ctime;
}

bool is_racy(const base::FileStat& stat, base::UnixNanos scan_start, base::Nanos granularity) {
  // Only the system's clock sets a ctime. A person or program has set an mtime that is far ahead,
  // and every write moves it back to now.
  constexpr base::Nanos kClocksDiffer = std::chrono::hours(1);
  const base::UnixNanos since = scan_start - granularity;
  const bool is_set = stat.mtime > scan_start + kClocksDiffer;
  return stat.ctime >= since || (stat.mtime >= since && !is_set);
}

}  // namespace vcs::index
