// SPDX-License-Identifier: Apache-2.0
// Files that a snapshot puts off.
#pragma once

#include <map>
#include <string>

#include "core/object/tree_node.hpp"

namespace vcs::snapshot {

// Entries that are not worth a commit by themselves, because their mtime alone differs.
struct DeferredEntry {
  base::FileStat stat;
  object::TreeEntry entry;
  bool recheck = false;  // racy or unstable when captured: its stat data prove nothing
};
using DeferredEntries = std::map<std::string, DeferredEntry, object::PathLess>;

}  // namespace vcs::snapshot
