// SPDX-License-Identifier: Apache-2.0
// Decides which frames are copied whole and which objects are packed anew.
#include "core/sync/sync_plan.hpp"

#include <algorithm>
#include <tuple>

namespace vcs::sync {

SyncPlan make_sync_plan(std::vector<LocatedObject> needed) {
  std::map<std::uint32_t, std::uint64_t> raw_bytes;
  for (const LocatedObject& object : needed)
    raw_bytes[object.location.pack] += object.location.length;
  SyncPlan plan;
  for (LocatedObject& object : needed) {
    if (raw_bytes[object.location.pack] > kCopyAbove)
      plan.copy[object.location.pack].insert(object.location.frame_offset);
    else
      plan.repack.push_back(std::move(object));
  }
  const auto key = [](const LocatedObject& object) {
    const pack::Location& at = object.location;
    return std::tuple(at.kind, at.pack, at.frame_offset, at.object_offset, object.id);
  };
  std::sort(plan.repack.begin(), plan.repack.end(),
            [&](const LocatedObject& a, const LocatedObject& b) { return key(a) < key(b); });
  return plan;
}

}  // namespace vcs::sync
