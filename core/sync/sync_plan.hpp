// SPDX-License-Identifier: Apache-2.0
// Decides how to send objects: copy whole frames from the local packs, or pack objects anew. Pure.
//
// A copy needs no compression, but reads the local pack from its start and also sends neighbours.
// Packing anew decompresses and compresses only the needed objects. So frames are copied from a
// pack with many needed bytes, and the few objects of a small save are packed anew.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "core/store/object_store.hpp"

namespace vcs::sync {

// If more raw bytes of one local pack are needed, its frames are copied.
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
