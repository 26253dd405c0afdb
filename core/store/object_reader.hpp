// SPDX-License-Identifier: Apache-2.0
// Reads objects from packs: it reads and decodes the frame, cuts the object out and hashes it.
#pragma once

#include "core/base/spare_buffers.hpp"
#include "core/object/hasher.hpp"
#include "core/pack/pack_files.hpp"
#include "core/pack/pack_reader.hpp"
#include "core/store/bad_copies.hpp"
#include "core/store/frame_cache.hpp"
#include "core/store/pack_set.hpp"

namespace vcs::store {

// Thread-safe.
class ObjectReader {
 public:
  ObjectReader(const PackSet& packs, pack::PackFiles& files, object::HashProvider provider,
               std::size_t cache_bytes)
      : packs_(packs), files_(files), provider_(provider), cache_(cache_bytes) {}

  // Reads the newest copy that is whole. If no copy is, it adds the newest to bad_copies().
  Result<Bytes> get(const object::ObjectId& id);
  // Reads this copy.
  Result<Bytes> read(const pack::Location& location, const object::ObjectId& id);
  const BadCopies& bad_copies() const { return bad_copies_; }

 private:
  Result<FrameCache::Content> frame_content(const pack::Location& location);
  Result<pack::StoredFrame> fetch_frame(const pack::Location& location);

  const PackSet& packs_;
  pack::PackFiles& files_;
  const object::HashProvider provider_;
  // Two reading threads use two each, of the frame as stored and of its plain bytes.
  base::SpareBuffers spare_{4, std::size_t{2} << 20};
  FrameCache cache_;
  BadCopies bad_copies_;
};

}  // namespace vcs::store
