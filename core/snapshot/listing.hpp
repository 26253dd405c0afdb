// SPDX-License-Identifier: Apache-2.0
// What the walk has found and somebody has to read, in portions for one lane, and what it costs.
#pragma once

#include "core/snapshot/ingest_types.hpp"
#include "core/worktree/tree_scanner.hpp"

namespace vcs::snapshot {

// Not thread-safe. Holds nothing of the tree between two calls.
class Listing {
 public:
  struct Portion {
    std::vector<worktree::Candidate> candidates;  // in tree order
    // Something was taken from the walk, or its end was reached, though perhaps there is nothing
    // that anybody has to read.
    bool moved = false;
  };
  struct Found {
    std::uint64_t files = 0, bytes = 0;
    std::uint64_t small_cost = 0, large_cost = 0;  // see IngestProgress
  };

  // `large`: files above so many bytes are cut and shared. `known` says what needs no reading; it
  // may be empty.
  Listing(worktree::TreeScan& scan, std::uint64_t large,
          const std::function<bool(const worktree::Candidate&)>& known, IngestProgress& progress)
      : scan_(scan), large_(large), known_(known), progress_(progress) {}

  // The next ones in tree order: so many at most, or as many as are found by now. Fewer where they
  // are large, so that large files are spread over the lanes.
  Portion take(std::size_t most);
  // The tree was walked to its end, and all of it was taken.
  bool is_finished() const { return scan_.finished(); }
  const Found& found() const { return found_; }
  // All there is to do is so little that other threads would be awake too late to help.
  bool is_small() const;

  // A portion ends early behind so many bytes of content.
  static constexpr std::uint64_t kPortionBytes = 8u << 20;
  // Or behind paths of so many bytes, which only very deep trees have.
  static constexpr std::size_t kPortionPathBytes = std::size_t{1} << 20;

 private:
  void count(const worktree::Candidate& candidate);

  worktree::TreeScan& scan_;
  const std::uint64_t large_;
  const std::function<bool(const worktree::Candidate&)>& known_;
  IngestProgress& progress_;
  Found found_;
};

}  // namespace vcs::snapshot
