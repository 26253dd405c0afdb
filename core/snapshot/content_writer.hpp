// SPDX-License-Identifier: Apache-2.0
// Hashes content on one lane, and stores what the store does not have.
#pragma once

#include <optional>
#include <vector>

#include "core/object/hasher.hpp"
#include "core/snapshot/large_file.hpp"
#include "core/store/frame_builder.hpp"

namespace vcs::snapshot {

// One per thread. Every error is one of the store. Without memory std::bad_alloc goes to the caller,
// and no claim is left behind.
class ContentWriter {
 public:
  ContentWriter(store::ObjectStore& store, object::Hasher& hasher, const ZeroChunk& zeros,
                int level);

  // Room for the whole content of a small file, which is read straight to where the frame is made
  // of. keep() takes what lies there; room() again gives it up.
  std::span<std::uint8_t> room(std::size_t length);
  Result<object::ObjectId> keep(ByteView content);
  // The chunks of a piece, in the order of the file.
  Result<std::vector<object::ChunkListEntry>> store(const Piece& piece);
  // A node of a chunk list.
  Result<void> add_node(const object::ObjectId& id, ByteView node);
  // Appends what is gathered of small objects. At the end, once.
  Result<void> flush();

 private:
  using Entries = std::vector<object::ChunkListEntry>;
  Result<void> store_zeros(std::uint64_t count, Entries& entries);
  Result<void> store_chunks(const Piece& piece, Entries& entries);

  store::ObjectStore& store_;
  object::Hasher& hasher_;
  const ZeroChunk& zeros_;
  store::FrameBuilder blobs_, lists_;
  std::optional<object::ObjectId> id_of_zeros_;
};

}  // namespace vcs::snapshot
