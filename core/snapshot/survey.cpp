// SPDX-License-Identifier: Apache-2.0
// Counts the work and reports the totals once.
#include "core/snapshot/survey.hpp"

#include "core/worktree/tree_scanner.hpp"

namespace vcs::snapshot {

void Survey::found_all(std::uint64_t files, std::uint64_t bytes) {
  if (!is_settled_.exchange(true)) tell(files, bytes);
}

bool Survey::take_if_due() {
  if (is_settled_ || !look_ || clock_.steady() - began_ < kAfter) return false;
  if (is_settled_.exchange(true)) return false;
  count();
  return true;
}

void Survey::count() {
  std::uint64_t files = 0, bytes = 0;
  auto scan = look_();
  std::vector<worktree::Candidate> found;
  while (scan && !(*scan)->finished() && !stop_.is_set()) {
    (*scan)->advance();
    found.clear();
    (*scan)->take(std::size_t{1} << 20, found);
    for (const worktree::Candidate& candidate : found) {
      if (!candidate.stat) continue;
      ++files;
      if (candidate.stat->type == base::FileType::regular) bytes += candidate.stat->size;
    }
  }
  tell(files, bytes);
}

void Survey::tell(std::uint64_t files, std::uint64_t bytes) {
  progress_.files_total = files;
  progress_.bytes_total = bytes;
}

}  // namespace vcs::snapshot
