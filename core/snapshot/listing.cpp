// SPDX-License-Identifier: Apache-2.0
// Takes portions from the walk and counts their cost.
#include "core/snapshot/listing.hpp"

#include <algorithm>

namespace vcs::snapshot {

Listing::Portion Listing::take(std::size_t most) {
  Portion portion;
  std::vector<worktree::Candidate>& all = portion.candidates;
  const std::uint64_t bytes_before = found_.bytes;
  const bool was_finished = scan_.finished();
  std::size_t path_bytes = 0;
  while (all.size() < most && found_.bytes - bytes_before < kPortionBytes &&
         path_bytes < kPortionPathBytes) {
    const std::size_t before = all.size();
    if (scan_.take(std::min(most - before, LaneGovernor::kLeastBatch), all) == 0) break;
    for (std::size_t i = before; i < all.size(); ++i) {
      path_bytes += all[i].path.size();
      count(all[i]);
    }
  }
  // Keep the figures of the last scan that found work.
  if (found_.files > 0) {
    progress_.small_cost = found_.small_cost;
    progress_.large_cost = found_.large_cost;
  }
  portion.moved = !all.empty() || scan_.finished() != was_finished;
  if (known_) std::erase_if(all, known_);
  return portion;
}

void Listing::count(const worktree::Candidate& candidate) {
  if (!candidate.stat || (known_ && known_(candidate))) return;
  const bool is_file = candidate.stat->type == base::FileType::regular;
  const std::uint64_t bytes = is_file ? candidate.stat->size : 0;
  ++found_.files;
  found_.bytes += bytes;
  (bytes > large_ ? found_.large_cost : found_.small_cost) += bytes + kFileCost;
}

bool Listing::is_small() const {
  constexpr std::uint64_t kFewFiles = 64;
  constexpr std::uint64_t kFewBytes = std::uint64_t{2} << 20;
  return is_finished() && found_.files <= kFewFiles && found_.bytes <= kFewBytes;
}

}  // namespace vcs::snapshot
