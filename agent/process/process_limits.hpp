// SPDX-License-Identifier: Apache-2.0
// The limits of this process: descriptors, memory, and the right to change owners.
#pragma once

#include <algorithm>
#include <cstddef>

namespace vcs::agent::process {

// Descriptors that a repository keeps open while its folder is idle.
constexpr std::size_t kDescriptorsOfIdleFolder = 9;

// Returns the limit after raising it.
std::size_t raise_descriptor_limit();
// How many of `all` descriptors clients may use. The rest is for saves, however many clients come.
// Clients get at least an eighth: without a client nobody can help.
constexpr std::size_t descriptors_for_clients(std::size_t all, std::size_t folders) {
  // For running work: snapshots, copies, restores.
  constexpr std::size_t kFewestForWork = 256, kMostForWork = 4096;
  const std::size_t for_work =
      std::min(all / 4, std::clamp(all / 25, kFewestForWork, kMostForWork));
  return all - std::min(all - all / 8, for_work + kDescriptorsOfIdleFolder * folders);
}
// Makes the C library return freed memory to the system. To be called before any thread is started.
void bound_kept_memory();
// Whether this process can give files to other users, as a restore by root does.
bool may_give_files_away();

}  // namespace vcs::agent::process
