// SPDX-License-Identifier: Apache-2.0
// Finds what differs between the disk and the index, by looking at stat data only.
//
// Marks say where to look: events, the start-up scan, the audit and `vcsctl commit` differ in
// nothing else. Events are hints; the result is always the difference between what the index says
// and what the disk says.
//
// Several threads walk, always at the leftmost place of the tree that nobody looks at yet, and what
// they find is told in tree order. The walk stays only a bounded number of findings ahead of
// whoever takes them, so a million files need no more memory than ten thousand.
#pragma once

#include <memory>
#include <vector>

#include "core/index/index.hpp"
#include "core/worktree/scan_types.hpp"

namespace vcs::worktree {

// One look at a worktree. The index must not change while it lasts.
//
// Threads: every method from any number of threads at once, but take() and report() from one at a
// time.
class TreeScan {
 public:
  // Fails only when the root itself cannot be read.
  static Result<std::unique_ptr<TreeScan>> start(std::shared_ptr<base::Directory> root,
                                                 const index::Index& index, std::vector<Mark> marks,
                                                 const ScanOptions& options);
  virtual ~TreeScan() = default;

  // Looks into one folder, or a part of a large one, and into more while they show nothing. False:
  // there is nothing to do now, because others are at it, enough is found already, or all is done.
  virtual bool advance() = 0;
  // Moves up to `most` of the next candidates, in tree order, to the end of `out`. None: the next
  // ones are not found yet, or finished().
  virtual std::size_t take(std::size_t most, std::vector<Candidate>& out) = 0;
  // Everything was walked and taken.
  virtual bool finished() const = 0;
  // Complete when finished().
  virtual ScanReport report() = 0;
};

// Sorts marks and drops those that a recursive one above them covers.
std::vector<Mark> simplify_marks(std::vector<Mark> marks);
// Whether one of them asks for everything.
bool covers_everything(const std::vector<Mark>& marks);

}  // namespace vcs::worktree
