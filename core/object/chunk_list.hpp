// SPDX-License-Identifier: Apache-2.0
// The list of a large file's chunks, split into nodes.
//
// A node is a leaf (chunk ids and lengths) or an inner node (node ids and the bytes below each).
// The ids of its entries decide where a node ends (content-split, about 128 entries on average, at
// most 1024), so one changed byte of a 10 GB file rewrites one node per level. A repeated chunk is
// one entry with a count, so a hole of a petabyte is one entry, too.
// docs/format/chunk_list.md
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/object/content.hpp"
#include "core/object/object_id.hpp"

namespace vcs::object {

struct ChunkListEntry {
  ObjectId id;              // a chunk (blob) at level 0, a chunk list node above
  std::uint64_t bytes = 0;  // of file content below this entry
  std::uint64_t count = 1;  // level 0: times that the chunk comes in a row; above: 1
  std::uint64_t chunk_bytes() const { return bytes / count; }
  bool operator==(const ChunkListEntry&) const = default;
};

struct ChunkListNode {
  std::uint8_t level = 0;
  std::vector<ChunkListEntry> entries;
  std::uint64_t total_bytes() const;
  bool operator==(const ChunkListNode&) const = default;
};

Bytes encode_chunk_list_node(const ChunkListNode& node);
// Refuses (`corrupt`) unknown versions, empty nodes, zero lengths, trailing bytes, and sums that
// overflow.
Result<ChunkListNode> decode_chunk_list_node(ByteView bytes);

// Takes an encoded object and its id. Children come before their parents.
using EmitObject = std::function<Result<void>(const ObjectId&, Bytes)>;

// Splits the chunks of one file into nodes while they arrive. It holds at most one node per level,
// however long the file is. Pure except for `emit`.
class ChunkListBuilder {
 public:
  explicit ChunkListBuilder(EmitObject emit) : emit_(std::move(emit)) {}

  // In the order of the content. Repeated chunks may come one by one or counted.
  Result<void> add(const ChunkListEntry& chunk);
  bool empty() const { return !run_ && levels_.empty(); }
  // Call after the last chunk. Gives the blob if there was only one chunk, else the root of the
  // list.
  Result<ContentRef> finish();
  // As finish(), but makes a list even for a single chunk and gives its root.
  Result<ObjectId> finish_list();

 private:
  struct Level {
    ChunkListNode node;
    std::uint64_t closed = 0;  // finished nodes of this level
  };
  Result<void> end_run();
  Result<void> push(std::size_t level, const ChunkListEntry& entry);
  Result<void> close(std::size_t level);

  EmitObject emit_;
  std::optional<ChunkListEntry> run_;  // the last chunk, which the next one may repeat
  std::vector<Level> levels_;
};

// Makes a list of chunks that are all known (at least one) and gives the root's id.
Result<ObjectId> build_chunk_list(const std::vector<ChunkListEntry>& chunks,
                                  const EmitObject& emit);

}  // namespace vcs::object
