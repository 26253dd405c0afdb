// SPDX-License-Identifier: Apache-2.0
// Where the watches of a tree come from.
#pragma once

#include <cstdint>

namespace vcs::agent::watch {

// What a watch is wanted for decides how much of the system may be used up for it.
enum class WatchUse {
  root,     // without it nothing is watched: as far as the system goes
  folder,   // as far as the limit goes
  renewal,  // in place of one that is about to be given back
  above,    // of a folder above a root: shared by most trees, and not counted
};

class WatchSource {
 public:
  virtual ~WatchSource() = default;
  // Watches the open `folder`: the descriptor of the watch, or the negated errno; -ENOSPC: no room
  // is left. A folder that is watched already has the same descriptor again, and both masks.
  virtual int add(int folder, std::uint32_t mask, WatchUse use) = 0;
  // An IN_IGNORED follows the events of it that are on their way, and ends them.
  virtual void remove(int descriptor) = 0;
  virtual bool has_room() const = 0;  // for a folder
};

}  // namespace vcs::agent::watch
