// SPDX-License-Identifier: Apache-2.0
// Chooses packs: first those that were never compacted, then many small ones.
#include "core/store/compaction_policy.hpp"

namespace vcs::store {
namespace {

// Packs that are merged into one; add() is false when a pack does not fit any more.
class Group {
 public:
  explicit Group(const CompactionPolicy& policy) : policy_(&policy) {}

  bool add(const PackFacts& pack) {
    const bool fits = bytes_ + pack.length <= policy_->most_bytes &&
                      objects_ + pack.objects <= policy_->most_objects;
    if (!numbers_.empty() && !fits) return false;
    bytes_ += pack.length;
    objects_ += pack.objects;
    numbers_.push_back(pack.number);
    return true;
  }
  const std::vector<std::uint32_t>& numbers() const { return numbers_; }

 private:
  const CompactionPolicy* policy_;
  std::uint64_t bytes_ = 0, objects_ = 0;
  std::vector<std::uint32_t> numbers_;
};

// True if the pack has large content that zstd cannot make smaller, such as photographs, and hardly
// any garbage.
bool is_incompressible(const PackFacts& pack, const CompactionPolicy& policy) {
  return pack.objects * policy.large_object <= pack.raw_bytes &&
         pack.length >= pack.raw_bytes / 100 * (100 - policy.least_saving_per_cent) &&
         pack.length <= pack.raw_bytes / 100 * (100 + 2 * policy.least_saving_per_cent);
}

}  // namespace

bool is_stale(const PackFacts& pack, const CompactionPolicy& policy) {
  return pack.level < policy.level && !is_incompressible(pack, policy);
}

std::vector<std::uint32_t> choose_packs(std::span<const PackFacts> packs,
                                        const CompactionPolicy& policy) {
  Group stale(policy);
  for (const PackFacts& pack : packs)
    if (is_stale(pack, policy) && !stale.add(pack)) break;
  if (!stale.numbers().empty()) return stale.numbers();
  Group small(policy);
  for (const PackFacts& pack : packs) {
    if (pack.length >= policy.small_pack || pack.level < policy.level) continue;
    if (small.add(pack)) continue;
    if (small.numbers().size() >= policy.least_small_packs) break;
    small = Group(policy);
    small.add(pack);
  }
  if (small.numbers().size() >= policy.least_small_packs) return small.numbers();
  return {};
}

}  // namespace vcs::store
