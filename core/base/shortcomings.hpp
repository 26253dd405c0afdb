// SPDX-License-Identifier: Apache-2.0
// What the filesystem of a folder lacks, as far as calls on that folder object have shown.
#pragma once

#include "core/base/filesystem.hpp"

namespace vcs::base {

struct Shortcomings {
  // It knows neither hard links nor renames that never replace, so that Directory::rename with
  // `no_replace` is a look and then a rename: nothing half-made stays after a crash, and of two
  // threads of this process one wins; but what another program puts there between the two calls is
  // replaced.
  bool rename_may_replace = false;
  bool folders_not_synced = false;  // Directory::sync does nothing
};

// None where the folder is not the operating system's own.
Shortcomings shortcomings_of(const Directory& folder);

}  // namespace vcs::base
