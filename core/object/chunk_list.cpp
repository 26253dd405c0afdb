// SPDX-License-Identifier: Apache-2.0
// Chunk lists as bytes, and how they are split. docs/format/chunk_list.md
#include "core/object/chunk_list.hpp"

#include <algorithm>
#include <cassert>

#include "core/object/format_header.hpp"
#include "core/object/hasher.hpp"

namespace vcs::object {
namespace {

constexpr FormatHeader kHeader{"VCL", 1, "chunk list"};
constexpr std::size_t kMinEntries = 2;  // but for the last node of a level
constexpr std::size_t kMaxEntries = 1024;
constexpr std::size_t kMinEntrySize = ObjectId::kSize + 1;
constexpr unsigned kBoundaryBits = 7;   // one entry in 128 ends a node
constexpr std::uint8_t kMaxLevel = 63;  // a level at least halves the one below

// Each level looks at bits of its own.
bool ends_node(const ObjectId& id, std::uint8_t level) {
  const std::uint64_t prefix = base::ByteReader(id.view()).u64();
  const unsigned shift = kBoundaryBits * (level % (64 / kBoundaryBits));
  return (prefix >> shift & ((1u << kBoundaryBits) - 1)) == 0;
}

base::Failure corrupt(std::string_view what) {
  return base::fail(base::ErrorCode::corrupt, "a chunk list {}", what);
}

// Splits one level into nodes and gives back the entries of the level above.
base::Result<std::vector<ChunkListEntry>> emit_level(const std::vector<ChunkListEntry>& entries,
                                                     std::uint8_t level, const EmitObject& emit) {
  std::vector<ChunkListEntry> parents;
  ChunkListNode node{level, {}};
  for (std::size_t i = 0; i < entries.size(); ++i) {
    node.entries.push_back(entries[i]);
    const std::size_t count = node.entries.size();
    const bool full = count == kMaxEntries || i + 1 == entries.size();
    if (!full && (count < kMinEntries || !ends_node(entries[i].id, level))) continue;
    base::Bytes bytes = encode_chunk_list_node(node);
    const ObjectId id = hash_bytes(bytes);
    parents.push_back({id, node.total_bytes()});
    VCS_TRY(emit(id, std::move(bytes)));
    node.entries.clear();
  }
  return parents;
}

}  // namespace

std::uint64_t ChunkListNode::total_bytes() const {
  std::uint64_t total = 0;
  for (const ChunkListEntry& entry : entries) total += entry.bytes;
  return total;
}

base::Bytes encode_chunk_list_node(const ChunkListNode& node) {
  assert(!node.entries.empty() && node.entries.size() <= kMaxEntries && node.level <= kMaxLevel);
  base::Bytes out;
  out.reserve(8 + node.entries.size() * (ObjectId::kSize + 4));
  base::ByteWriter writer(out);
  write_format_header(writer, kHeader);
  writer.u8(node.level);
  writer.varint(node.entries.size());
  for (const ChunkListEntry& entry : node.entries) {
    assert(entry.bytes > 0);
    writer.bytes(entry.id.view());
    writer.varint(entry.bytes);
  }
  return out;
}

base::Result<ChunkListNode> decode_chunk_list_node(base::ByteView bytes) {
  base::ByteReader reader(bytes);
  VCS_TRY(read_format_header(reader, kHeader));
  ChunkListNode node;
  node.level = reader.u8();
  const std::uint64_t count = reader.varint();
  if (reader.failed() || node.level > kMaxLevel) return corrupt("has an impossible level");
  if (count == 0 || count > kMaxEntries) return corrupt("has no entries, or more than 1024");
  if (count > reader.remaining() / kMinEntrySize) return corrupt("is cut short");
  node.entries.reserve(count);
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const base::ByteView id = reader.bytes(ObjectId::kSize);
    const std::uint64_t length = reader.varint();
    if (reader.failed()) return corrupt("is cut short");
    if (length == 0) return corrupt("has an entry of no bytes");
    if (__builtin_add_overflow(total, length, &total)) return corrupt("is longer than 2^64 bytes");
    node.entries.push_back({ObjectId::from_bytes(id), length});
  }
  if (!reader.finished()) return corrupt("has trailing bytes");
  return node;
}

base::Result<ObjectId> build_chunk_list(const std::vector<ChunkListEntry>& chunks,
                                        const EmitObject& emit) {
  assert(!chunks.empty());
  VCS_ASSIGN(std::vector<ChunkListEntry> entries, emit_level(chunks, 0, emit));
  for (std::uint8_t level = 1; entries.size() > 1; ++level) {
    VCS_ASSIGN(entries, emit_level(entries, level, emit));
  }
  return entries.front().id;
}

}  // namespace vcs::object
