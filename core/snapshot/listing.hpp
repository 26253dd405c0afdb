// SPDX-License-Identifier: Apache-2.0
// Takes the candidates of the walk that need reading in portions for one lane, and adds up their
// cost.
#pragma once

#include "core/snapshot/ingest_types.hpp"
#include "core/worktree/tree_scanner.hpp"

namespace vcs::snapshot {

// Not thread-safe. Holds nothing of the tree between two calls.
class Listing {
 public:
  struct Portion {
    std::vector<worktree::Candidate> candidates;  // in tree order
    // True: candidates were taken from the walk, or its end was reached. Perhaps none of them needs
    // reading.
    bool moved = false;
  };
  struct Found {
    std::uint64_t files = 0, bytes = 0;
    std::uint64_t small_cost = 0, large_cost = 0;  // see IngestProgress
  };

  // `large`: files above so many bytes are cut and shared. `known` is true for candidates that need
  // no reading; it may be empty.
  Listing(worktree::TreeScan& scan, std::uint64_t large,
          const std::function<bool(const worktree::Candidate&)>& known, IngestProgress& progress)
      : scan_(scan), large_(large), known_(known), progress_(progress) {}

  // The next candidates in tree order: at most `most`, of those that the walk has found so far.
  // Fewer if they are large, so that all lanes get some of the large files.
  Portion take(std::size_t most);
  // The walk has ended, and all of its candidates were taken.
  bool is_finished() const { return scan_.finished(); }
  const Found& found() const { return found_; }
  // The whole work is so small that other threads would wake up too late to help.
  bool is_small() const;

  // A portion ends early after so many bytes of content.
  static constexpr std::uint64_t kPortionBytes = 8u << 20;
  // Or after so many bytes of paths, which only very deep trees reach.
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
