// SPDX-License-Identifier: Apache-2.0
// Finds the differences between the disk and the index. It reads stat data only, no content.
//
// Marks say which paths to compare: events, the start-up scan, the audit and `vcsctl commit` differ
// in nothing else. Events are hints; the result is always the difference between the index and the
// disk.
//
// Several threads walk the tree. Each takes the leftmost part that no thread reads yet, and take()
// gives the candidates in tree order. The walk is only a bounded number of candidates ahead of
// take(), so a million files need no more memory than ten thousand.
#pragma once

#include <memory>
#include <vector>

#include "core/index/index.hpp"
#include "core/worktree/scan_types.hpp"

namespace vcs::worktree {

// One scan of a worktree. The index must not change while it lasts.
//
// Threads: any number of threads may call every method at once, but take() and report() from one
// thread at a time.
class TreeScan {
 public:
  // Fails only when the root itself cannot be read.
  static Result<std::unique_ptr<TreeScan>> start(std::shared_ptr<base::Directory> root,
                                                 const index::Index& index, std::vector<Mark> marks,
                                                 const ScanOptions& options);
  virtual ~TreeScan() = default;

  // Reads one folder, or a part of a large one, and further ones until it found something. False:
  // there is nothing to do now, because other threads are reading, enough is found, or all is done.
  virtual bool advance() = 0;
  // Moves up to `most` of the next candidates, in tree order, to the end of `out`. 0: the next
  // candidates are not found yet, or the scan is finished().
  virtual std::size_t take(std::size_t most, std::vector<Candidate>& out) = 0;
  // Everything was walked and taken.
  virtual bool finished() const = 0;
  // Complete when finished().
  virtual ScanReport report() = 0;
};

// Sorts marks and drops those that a recursive mark above them covers.
std::vector<Mark> simplify_marks(std::vector<Mark> marks);
// Whether one of them covers the whole worktree.
bool covers_everything(const std::vector<Mark>& marks);

}  // namespace vcs::worktree
