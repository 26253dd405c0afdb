// SPDX-License-Identifier: Apache-2.0
// The list of a large file's chunks, split into nodes.
//
// A node is a leaf (chunk ids and lengths) or an inner node (node ids and the bytes below each).
// Where a node ends is decided by the ids of its entries (content-split, about 128 entries
// on average, at most 1024), so one changed byte of a 10 GB file rewrites one node per level.
// docs/format/chunk_list.md
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/object/object_id.hpp"

namespace vcs::object {

struct ChunkListEntry {
  ObjectId id;              // a chunk (blob) at level 0, a chunk list node above
  std::uint64_t bytes = 0;  // of file content below this entry
  bool operator==(const ChunkListEntry&) const = default;
};

struct ChunkListNode {
  std::uint8_t level = 0;
  std::vector<ChunkListEntry> entries;
  std::uint64_t total_bytes() const;
  bool operator==(const ChunkListNode&) const = default;
};

base::Bytes encode_chunk_list_node(const ChunkListNode& node);
// Refuses (corrupt) unknown versions, empty nodes, zero lengths, trailing bytes, sums that
// overflow.
base::Result<ChunkListNode> decode_chunk_list_node(base::ByteView bytes);

// Splits `chunks` into nodes, gives each encoded node with its id to `emit` (children before
// parents) and returns the root's id. `chunks` must not be empty. Pure but for `emit`.
using EmitObject = std::function<base::Result<void>(const ObjectId&, base::Bytes)>;
base::Result<ObjectId> build_chunk_list(const std::vector<ChunkListEntry>& chunks,
                                        const EmitObject& emit);

}  // namespace vcs::object
