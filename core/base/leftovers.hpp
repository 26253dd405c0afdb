// SPDX-License-Identifier: Apache-2.0
// Removes temporary files that a killed restore left behind. No history has them. The next restore
// and the scans call this.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/filesystem.hpp"

namespace vcs::base {

// True for the names of unfinished files of a restore: ".vcsd-<16 hex>.tmp".
bool is_temporary_name(std::string_view name);

// What a caller that is not a restore needs to know, to leave the files of running restores alone.
struct StaleLeftovers {
  UnixNanos now{};
  UnixNanos begun{};        // start of this agent: an older file is from none of its restores
  std::uint32_t owner = 0;  // user id of this agent's files
};

// Removes the entry `name`, which must be a temporary name, if it belongs to the owner, last
// changed before this agent started or over an hour ago, and no process has it open for writing.
// Restores the folder's mtime. Returns true if it removed the entry.
bool sweep_stale(Directory& folder, const std::string& name, const StaleLeftovers& stale);

// Removes entries with temporary names from `folder` unless a restore may still use them: a process
// has the file open for writing, or it changed less than a second before `now` (less than an hour
// where the system does not know the writers). Returns how many it removed.
std::size_t sweep_leftovers(Directory& folder, UnixNanos now);

}  // namespace vcs::base
