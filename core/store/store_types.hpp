// SPDX-License-Identifier: Apache-2.0
// What the parts of a store share with its face: options, figures, what opening found, and how the
// frames of a pack are visited.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/object/hasher.hpp"
#include "core/object/object_id.hpp"
#include "core/pack/frame.hpp"

namespace vcs::store {

struct StoreOptions {
  std::uint64_t seal_at = 64u << 20;  // bytes; the open pack is sealed when it has grown past it,
  std::size_t seal_at_objects = 128u << 10;  // … or past that: what is in it is known in memory
  object::HashProvider hash_provider = object::HashProvider::libsodium;
  std::size_t frame_cache_bytes = 8u << 20;  // decoded frames kept for readers
  // Write packs while others go on; they outlive the store. Null: who appends writes.
  base::ThreadPool* writers = nullptr;
};

struct StoreStats {
  std::uint64_t objects = 0, packs = 0;
  std::uint64_t bytes_raw = 0;     // plain bytes of all objects
  std::uint64_t bytes_stored = 0;  // length of all packs
};

// What opening found and mended.
struct RecoveryReport {
  std::uint64_t torn_bytes = 0;     // cut from the end of the open pack: never acknowledged
  std::vector<std::string> damage;  // whole sentences: pack, offset, what; empty is healthy
  // Files of packs of which nothing can be read, or only an index is left.
  std::vector<std::string> unusable;
  // Commits of this machine in the newest pack that has any, oldest first, up to the first damage.
  std::vector<object::ObjectId> commit_points;
};

// Visits every frame of a pack in order: its header and its bytes. What cannot be read is told to
// `damage` and skipped where the next whole frame begins.
struct PackVisitor {
  std::function<Result<void>(std::uint64_t offset, const pack::FrameHeader& header, ByteView frame)>
      frame;
  std::function<void(std::uint64_t offset, const std::string& what)> damage;
};

}  // namespace vcs::store
