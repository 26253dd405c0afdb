// SPDX-License-Identifier: Apache-2.0
// The list of a large file's chunks, split into nodes.
//
// A node is a leaf (chunk ids and lengths) or an inner node (node ids and the bytes below each).
// Where a node ends is decided by the ids of its entries (content-split, about 128 entries on
// average, at most 1024), so one changed byte of a 10 GB file rewrites one node per level. A chunk
// that is repeated is one entry with its count, so a hole of a petabyte is one entry, too.
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
  std::uint64_t count = 1;  // level 0: the chunk comes so many times, one after the other
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
// Refuses (corrupt) unknown versions, empty nodes, zero lengths, trailing bytes, sums that
// overflow.
Result<ChunkListNode> decode_chunk_list_node(ByteView bytes);

// Given with its id, children before parents.
using EmitObject = std::function<Result<void>(const ObjectId&, Bytes)>;

// Splits the chunks of one file into nodes while they come: no more than one node of each level is
// held, however long the file. Pure but for `emit`.
class ChunkListBuilder {
 public:
  explicit ChunkListBuilder(EmitObject emit) : emit_(std::move(emit)) {}

  // In the order of the content. Repeated chunks may come one by one or counted.
  Result<void> add(const ChunkListEntry& chunk);
  bool empty() const { return !run_ && levels_.empty(); }
  // A blob where there was one chunk, which is then no list; else the root. After the last chunk.
  Result<ContentRef> finish();
  // The root, also of a single chunk.
  Result<ObjectId> finish_list();

 private:
  struct Level {
    ChunkListNode node;
    std::uint64_t closed = 0;  // nodes before it
  };
  Result<void> end_run();
  Result<void> push(std::size_t level, const ChunkListEntry& entry);
  Result<void> close(std::size_t level);

  EmitObject emit_;
  std::optional<ChunkListEntry> run_;  // what was added last, and may be repeated once more
  std::vector<Level> levels_;
};

// The same for chunks that are all known, and not none: the root's id.
Result<ObjectId> build_chunk_list(const std::vector<ChunkListEntry>& chunks,
                                  const EmitObject& emit);

}  // namespace vcs::object
