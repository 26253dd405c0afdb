// SPDX-License-Identifier: Apache-2.0
// The top folder's own entry: it is in no tree, so each commit carries it.
#pragma once

#include <optional>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::snapshot {

// Remembers what was seen last: attributes are read again only when the stat data say that they may
// have changed. One thread.
class RootEntry {
 public:
  // What the folder is like now. `last` is what the last commit has of it: attributes that cannot
  // be read now are not gone.
  Result<object::TreeEntry> look(base::Directory& root, const base::Clock& clock, bool record_owner,
                                 const std::optional<object::TreeEntry>& last);
  // Why attributes could not be read at the last look. Nothing: they were, or there are none here.
  const std::optional<Error>& no_attributes() const { return no_attributes_; }

 private:
  struct Seen {
    base::FileStat stat;
    object::TreeEntry entry;
  };
  std::optional<Error> no_attributes_;
  std::optional<Seen> seen_;  // none: nothing, or its times are so young that they prove nothing
};

}  // namespace vcs::snapshot
