// SPDX-License-Identifier: Apache-2.0
// Lists the entries of a worktree that are not, or not wholly, in its history: files with problems,
// entries that are no files, entries that built-in rules leave out, and files that are owed.
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
  // `look_at` marks a path for the next snapshot: a problem may have ended by itself.
  LeftOut(loop::EventLoop& loop, std::function<void(const worktree::Mark&)> look_at)
      : problems_(loop, std::move(look_at)) {}

  // Takes the findings of a snapshot of these marks.
  void saw(const std::vector<worktree::Mark>& marks, const snapshot::SnapshotOutcome& outcome);

  schedule::ProblemFiles& problems() { return problems_; }
  const schedule::ProblemFiles& problems() const { return problems_; }
  std::size_t special() const { return special_.size(); }  // FIFOs, sockets and devices
  std::size_t builtin() const { return builtin_.size(); }
  const history::OwedEntries& owed() const { return owed_; }

 private:
  schedule::ProblemFiles problems_;
  std::set<std::string> special_, builtin_;  // since the last full scan
  history::OwedEntries owed_;                // as of the last full scan
};

}  // namespace vcs::agent::repository
