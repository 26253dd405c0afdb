// SPDX-License-Identifier: Apache-2.0
// Remembers recent writes of remote heads in watched folders. If the agent itself wrote such a head
// just before, the remote lies in that folder, in a way that neither paths nor the table of mounts
// show: through a filesystem that shows another one.
//
// Loop thread only.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"

namespace vcs::agent::watch {

struct Echo {
  std::string worktree;  // of the watched folder
  std::string path;      // in it
  base::SteadyNanos heard{};
};

class Echoes {
 public:
  // Notes a change of `path`. Does nothing unless the path is named like a head at a remote.
  void hear(const std::string& worktree, std::string_view path, base::SteadyNanos now);
  std::vector<Echo> since(base::SteadyNanos time) const;

 private:
  std::deque<Echo> heard_;  // the newest last
};

}  // namespace vcs::agent::watch
