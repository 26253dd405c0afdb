// SPDX-License-Identifier: Apache-2.0
// Reads the top folder's own entry.
#include "core/snapshot/root_entry.hpp"

#include "core/snapshot/entry_reader.hpp"

namespace vcs::snapshot {

Result<object::TreeEntry> RootEntry::look(base::Directory& root, const base::Clock& clock,
                                          bool record_owner,
                                          const std::optional<object::TreeEntry>& last) {
  const base::UnixNanos began = clock.now();
  VCS_ASSIGN(const base::FileStat stat, root.stat_self());
  if (seen_ && seen_->stat == stat) return seen_->entry;
  object::TreeEntry entry;
  entry.type = object::EntryType::directory;
  entry.mode = stat.mode;
  if (record_owner) entry.uid = stat.uid, entry.gid = stat.gid;
  entry.mtime = stat.mtime;
  ReadAttributes attributes(root.extended_attributes_self());
  no_attributes_ = std::move(attributes.error);
  entry.attributes = std::move(attributes.readable);
  if (no_attributes_ && last)
    entry.attributes =
        with_known_attributes(std::move(entry.attributes), attributes.unread, last->attributes);
  seen_.reset();
  if (!no_attributes_ && !looks_racy(stat, began)) seen_ = Seen{stat, entry};
  return entry;
}

}  // namespace vcs::snapshot
