// SPDX-License-Identifier: Apache-2.0
// Guarantees that the filesystem of a folder lacks, as far as calls on that object have shown.
#pragma once

#include "core/base/filesystem.hpp"

namespace vcs::base {

struct Shortcomings {
  // The filesystem has neither hard links nor renames that never replace, so Directory::rename with
  // `no_replace` checks the name and then renames. A crash leaves nothing half-made, and only one
  // of two threads of this process wins; but it replaces a file that another program creates
  // between the two calls.
  bool rename_may_replace = false;
  bool folders_not_synced = false;  // Directory::sync does nothing
};

// No shortcomings if `folder` is not a folder of the operating system.
Shortcomings shortcomings_of(const Directory& folder);

}  // namespace vcs::base
