// SPDX-License-Identifier: Apache-2.0
// What looks at a worktree have found that is not, or not wholly, in its history: files with
// problems, what is no file, what built-in rules leave out, and what a clone still owes.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "agent/schedule/problem_files.hpp"
#include "core/history/owed.hpp"
#include "core/snapshot/snapshotter.hpp"

namespace vcs::agent::repository {

// Loop thread only.
class LeftOut {
 public:
  // Problems that may have gone by themselves are looked at again.
  LeftOut(loop::EventLoop& loop, std::function<void(const worktree::Mark&)> look_at)
      : problems_(loop, std::move(look_at)) {}

  // What a snapshot of these marks has found.
  void saw(const std::vector<worktree::Mark>& marks, const snapshot::SnapshotOutcome& outcome);

  schedule::ProblemFiles& problems() { return problems_; }
  const schedule::ProblemFiles& problems() const { return problems_; }
  std::size_t special() const { return special_.size(); }  // FIFOs, sockets and devices
  std::size_t builtin() const { return builtin_.size(); }
  const history::OwedEntries& owed() const { return owed_; }

 private:
  schedule::ProblemFiles problems_;
  std::set<std::string> special_, builtin_;  // since the last look at everything
  history::OwedEntries owed_;                // as that found
};

}  // namespace vcs::agent::repository
