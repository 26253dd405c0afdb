// SPDX-License-Identifier: Apache-2.0
// How to send objects: copied as whole frames from the local packs, or packed anew. Pure.
//
// Copying costs no compression but reads the local pack from its start and sends neighbours along;
// packing anew costs one decompression and compression of just what is needed. So a pack is copied
// from when it gives much, and the few objects of a small save are packed anew.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "core/store/object_store.hpp"

namespace vcs::sync {

// Raw bytes needed from one local pack above which its frames are copied.
inline constexpr std::uint64_t kCopyAbove = 4u << 20;

struct LocatedObject {
  object::ObjectId id;
  pack::Location location;
};

struct SyncPlan {
  // Offsets of the frames to copy, by local pack.
  std::map<std::uint32_t, std::set<std::uint64_t>> copy;
  // Objects to pack anew, sorted by kind and place, so that neighbours are read together.
  std::vector<LocatedObject> repack;
};

SyncPlan make_sync_plan(std::vector<LocatedObject> needed);

}  // namespace vcs::sync
