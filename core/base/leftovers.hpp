// SPDX-License-Identifier: Apache-2.0
// Temporary files that a restore left when it was killed. No history has them, so whoever comes by
// removes them: the next restore, and the scans.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/filesystem.hpp"

namespace vcs::base {

// True for the names that restores give to what is on its way: ".vcsd-<16 hex>.tmp".
bool is_temporary_name(std::string_view name);

// Which of them are of no restore that runs, for those who come by and restore nothing.
struct StaleLeftovers {
  UnixNanos now{};
  UnixNanos begun{};        // when this agent was: what is older is none of its restores
  std::uint32_t owner = 0;  // whose files it makes
};

// Removes what has such a name if it is the owner's, older than this agent or than an hour, and
// open for writing nowhere. The folder keeps its time. True: it is gone.
bool sweep_stale(Directory& folder, const std::string& name, const StaleLeftovers& stale);

// Removes what has such a name in `folder` and is at work nowhere: nobody has it open for writing,
// and it last changed a while before `now`; a long while where the system cannot tell of writers.
// Returns how many are gone.
std::size_t sweep_leftovers(Directory& folder, UnixNanos now);

}  // namespace vcs::base
