// SPDX-License-Identifier: Apache-2.0
// Entries that earlier saves put off.
#pragma once

#include <map>
#include <string>

#include "core/object/tree_node.hpp"

namespace vcs::snapshot {

// An entry that is not worth a commit by itself, because only its mtime differs.
struct DeferredEntry {
  base::FileStat stat;
  object::TreeEntry entry;
  bool recheck = false;  // racy or unstable when captured: its stat data prove nothing
};
using DeferredEntries = std::map<std::string, DeferredEntry, object::PathLess>;

}  // namespace vcs::snapshot
