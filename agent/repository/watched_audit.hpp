// SPDX-License-Identifier: Apache-2.0
// An audit of a watched repository under way.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "agent/repository/watched_repository.hpp"
#include "agent/schedule/pending_changes.hpp"

namespace vcs::agent::repository {

struct WatchedRepository::Audit {
  // It waits for a cookie, for the end of a snapshot, for its own start; then it runs.
  enum class State { proving, proven, ready, running };

  State state = State::proving;
  bool makes_way = true;
  std::atomic<bool> cancelled{false};
  std::vector<worktree::Mark> waiting;  // that it takes along
  // What events told before it and while it ran: no drift.
  schedule::PendingChanges told{schedule::SettleOptions{}};
  std::vector<std::string> found;                    // paths that differed
  std::vector<std::vector<std::string>> same_files;  // names of one file among them
};

}  // namespace vcs::agent::repository
