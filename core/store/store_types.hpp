// SPDX-License-Identifier: Apache-2.0
// Types that the parts of a store share with ObjectStore: options, figures, the report of an
// opening, and the visitor of a pack's frames.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/object/hasher.hpp"
#include "core/object/object_id.hpp"

namespace vcs::base {
class ThreadPool;
}
namespace vcs::pack {
struct FrameHeader;
}

namespace vcs::store {

struct StoreOptions {
  std::uint64_t seal_at = 64u << 20;         // the store seals the open pack at so many bytes …
  std::size_t seal_at_objects = 128u << 10;  // … or objects: their table is in memory
  object::HashProvider hash_provider = object::HashProvider::libsodium;
  std::size_t frame_cache_bytes = 8u << 20;  // decoded frames kept for readers
  // These threads write packs while appends go on; they must outlive the store. Null: the appending
  // thread writes.
  base::ThreadPool* writers = nullptr;
};

struct StoreStats {
  std::uint64_t objects = 0, packs = 0;
  std::uint64_t bytes_raw = 0;     // plain bytes of all objects
  std::uint64_t bytes_stored = 0;  // length of all packs
};

// What opening found and repaired.
struct RecoveryReport {
  std::uint64_t torn_bytes = 0;     // left out after unfinished writes: never reported as durable
  std::vector<std::string> damage;  // whole sentences: pack, offset, what; empty is healthy
  // Files of packs without a readable frame, and indexes without a pack.
  std::vector<std::string> unusable;
  // Commits of this machine in the newest pack that has any, oldest first, up to the first damage.
  std::vector<object::ObjectId> commit_points;
};

// Gets every frame of a pack in order, with its header and its bytes. `damage` gets bytes that
// cannot be read; the visit goes on at the next whole frame.
struct PackVisitor {
  std::function<Result<void>(std::uint64_t offset, const pack::FrameHeader& header, ByteView frame)>
      frame;
  std::function<void(std::uint64_t offset, const std::string& what)> damage;
};

}  // namespace vcs::store
