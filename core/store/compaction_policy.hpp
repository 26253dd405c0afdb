// SPDX-License-Identifier: Apache-2.0
// Decides which packs are worth writing again, from the figures in their indexes. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vcs::store {

struct PackFacts {
  std::uint32_t number = 0;
  std::uint64_t length = 0;     // of the pack
  std::uint64_t raw_bytes = 0;  // of its objects
  std::uint64_t objects = 0;
  std::uint8_t level = 0;  // the level for which compaction has examined it; 0: none
};

struct CompactionPolicy {
  std::uint8_t level = 9;                   // of zstd
  std::uint64_t most_bytes = 128u << 20;    // that are merged into one pack
  std::uint64_t most_objects = 64u << 10;   // in a merged pack: they are held in memory
  std::uint64_t small_pack = 16u << 20;     // packs below it are merged …
  std::size_t least_small_packs = 8;        // … when there are so many
  std::uint64_t large_object = 64u << 10;   // from this average on, solid frames save nothing
  std::uint32_t least_saving_per_cent = 3;  // with less, a pack stays as it is
  std::uint64_t trial_bytes = 8u << 20;     // that are read before the saving is judged
};

// True if compaction has not examined the pack for the policy's level and may make it smaller.
bool is_stale(const PackFacts& pack, const CompactionPolicy& policy);

// The packs to merge next, by number; empty: no merge is worth it. `packs` are sorted by number.
std::vector<std::uint32_t> choose_packs(std::span<const PackFacts> packs,
                                        const CompactionPolicy& policy);

}  // namespace vcs::store
