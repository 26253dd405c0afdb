// SPDX-License-Identifier: Apache-2.0
// What the system lets this process have, and what it keeps.
#pragma once

#include <algorithm>
#include <cstddef>

namespace vcs::agent::process {

// What a repository keeps open while nothing happens in its folder.
constexpr std::size_t kDescriptorsOfIdleFolder = 9;

// Returns how many this process may have in the end.
std::size_t raise_descriptor_limit();
// Of `all`: however many clients come, saves need descriptors, too. An eighth is left to clients in
// any case: without one nobody can help.
constexpr std::size_t descriptors_for_clients(std::size_t all, std::size_t folders) {
  // For what is done at any moment: snapshots, copies, restores.
  constexpr std::size_t kFewestForWork = 256, kMostForWork = 4096;
  const std::size_t for_work =
      std::min(all / 4, std::clamp(all / 25, kFewestForWork, kMostForWork));
  return all - std::min(all - all / 8, for_work + kDescriptorsOfIdleFolder * folders);
}
// What has been freed goes back to the system. Before any thread is started.
void bound_kept_memory();
// Whether files can be given to other people, as a restore by root does.
bool may_give_files_away();

}  // namespace vcs::agent::process
