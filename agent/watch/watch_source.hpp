// SPDX-License-Identifier: Apache-2.0
// Where the watches of a tree come from.
#pragma once

#include <cstdint>

namespace vcs::agent::watch {

// The purpose of a watch decides which limit it obeys.
enum class WatchUse {
  root,     // up to the system's limit: without it nothing is watched
  folder,   // up to the agent's limit
  renewal,  // no limit: it replaces a watch that is about to be given back
  above,    // no limit: of a folder above a root, shared by most trees, and not counted
};

class WatchSource {
 public:
  virtual ~WatchSource() = default;
  // Watches the open `folder`. Returns the descriptor of the watch, or the negated errno; -ENOSPC:
  // no room is left. A folder that is watched already gives the same descriptor, with both masks.
  virtual int add(int folder, std::uint32_t mask, WatchUse use) = 0;
  // Ends a watch. Events of it that are on their way still arrive; an IN_IGNORED is the last.
  virtual void remove(int descriptor) = 0;
  // True: there is room for a watch of use `folder`. Else those who have more than their share are
  // asked for it.
  virtual bool find_room() = 0;
};

}  // namespace vcs::agent::watch
