// SPDX-License-Identifier: Apache-2.0
// A full scan replaces the lists; other snapshots add to them and remove from them.
#include "agent/repository/left_out.hpp"

namespace vcs::agent::repository {

void LeftOut::saw(const std::vector<worktree::Mark>& marks,
                  const snapshot::SnapshotOutcome& outcome) {
  if (outcome.full) {
    special_.clear();
    builtin_.clear();
    owed_ = outcome.owed;
  }
  problems_.looked(marks, outcome.retry, outcome.problems);
  for (const std::string& path : outcome.absent) {
    special_.erase(path);
    builtin_.erase(path);
  }
  special_.insert(outcome.special.begin(), outcome.special.end());
  builtin_.insert(outcome.builtin.begin(), outcome.builtin.end());
}

}  // namespace vcs::agent::repository
