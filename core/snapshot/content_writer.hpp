// SPDX-License-Identifier: Apache-2.0
// Hashes content on one lane, and stores the objects that the store does not have.
#pragma once

#include <optional>
#include <vector>

#include "core/object/hasher.hpp"
#include "core/snapshot/large_file.hpp"
#include "core/store/frame_builder.hpp"

namespace vcs::snapshot {

// One per thread. Every error is the store's. Without memory it throws std::bad_alloc and leaves no
// claim behind.
class ContentWriter {
 public:
  ContentWriter(store::ObjectStore& store, object::Hasher& hasher, const ZeroChunk& zeros,
                int level);

  // A buffer for the whole content of a small file, in the memory that the frame is made from.
  // keep() stores its content; the next room() discards it.
  std::span<std::uint8_t> room(std::size_t length);
  Result<object::ObjectId> keep(ByteView content);
  // Stores the chunks of a piece; returns them in the order of the file.
  Result<std::vector<object::ChunkListEntry>> store(const Piece& piece);
  // Stores a node of a chunk list.
  Result<void> add_node(const object::ObjectId& id, ByteView node);
  // Appends the small objects that wait for a frame. Call it once, at the end.
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
