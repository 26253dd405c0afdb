// SPDX-License-Identifier: Apache-2.0
// Temporary files that a restore left when it was killed. No scan tells of them and no history has
// them, so the next restore that comes by removes them.
#pragma once

#include <string_view>

#include "core/base/filesystem.hpp"

namespace vcs::snapshot {

// True for the names that restores give to what is on its way: ".vcsd-<16 hex>.tmp".
bool is_temporary_name(std::string_view name);

// Removes what has such a name in `folder` and is at work nowhere: nobody has it open for writing,
// and it last changed a while before `now`; a long while where the system cannot tell of writers.
// Returns how many are gone.
std::size_t sweep_leftovers(base::Directory& folder, base::UnixNanos now);

}  // namespace vcs::snapshot
