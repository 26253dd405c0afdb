// SPDX-License-Identifier: Apache-2.0
// Heads of remotes that were written in a watched folder lately. Where the agent itself wrote one
// just before, the remote lies in that folder, by a way that neither paths nor the table of mounts
// tell: a filesystem that shows another one.
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
  // A change of `path` was told. Does nothing unless it is named like a head at a remote.
  void hear(const std::string& worktree, std::string_view path, base::SteadyNanos now);
  std::vector<Echo> since(base::SteadyNanos time) const;

 private:
  std::deque<Echo> heard_;  // the last ones
};

}  // namespace vcs::agent::watch
