// SPDX-License-Identifier: Apache-2.0
// Reads the top folder's own entry: it is in no tree, so each commit has it.
#pragma once

#include <optional>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::snapshot {

// Caches the last entry, and reads attributes again only if the stat data show that they may have
// changed. One thread.
class RootEntry {
 public:
  // The folder's entry now. `last`: its entry in the last commit, for attributes that cannot be
  // read now.
  Result<object::TreeEntry> look(base::Directory& root, const base::Clock& clock, bool record_owner,
                                 const std::optional<object::TreeEntry>& last);
  // Why the last look() could not read attributes. Nothing: it could, or the filesystem has none.
  const std::optional<Error>& no_attributes() const { return no_attributes_; }

 private:
  struct Seen {
    base::FileStat stat;
    object::TreeEntry entry;
  };
  std::optional<Error> no_attributes_;
  std::optional<Seen> seen_;  // none: not read yet, unread attributes, or times that are too young
};

}  // namespace vcs::snapshot
