// SPDX-License-Identifier: Apache-2.0
// Encodes, decodes and splits chunk lists. docs/format/chunk_list.md
#include "core/object/chunk_list.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/object/format_header.hpp"
#include "core/object/hasher.hpp"

namespace vcs::object {
namespace {

// Version 2 has counts and is used only for leaves with repeated chunks. All other nodes have
// version 1.
constexpr FormatHeader kHeader{"VCL", 2, "chunk list"};
constexpr FormatHeader kHeaderWithoutCounts{"VCL", 1, "chunk list"};
constexpr std::size_t kMinEntries = 2;  // except in the last node of a level
constexpr std::size_t kMaxEntries = 1024;
constexpr std::size_t kMinEntrySize = ObjectId::kSize + 1;
constexpr unsigned kBoundaryBits = 7;   // one entry in 128 ends a node
constexpr std::uint8_t kMaxLevel = 63;  // a level at least halves the one below
// A shorter run has one entry per chunk, as in version 1.
constexpr std::uint64_t kLeastRun = 16;

// Each level uses other bits of the id.
bool ends_node(const ObjectId& id, std::uint8_t level) {
  const std::uint64_t prefix = base::ByteReader(id.view()).u64();
  const unsigned shift = kBoundaryBits * (level % (64 / kBoundaryBits));
  return (prefix >> shift & ((1u << kBoundaryBits) - 1)) == 0;
}

Failure corrupt(std::string_view what) {
  return fail(ErrorCode::corrupt, "a chunk list {}", what);
}

bool has_counts(const ChunkListNode& node) {
  return std::any_of(node.entries.begin(), node.entries.end(),
                     [](const ChunkListEntry& entry) { return entry.count != 1; });
}

// Checks the counts of a version 2 node: only a leaf may have them, and one must differ from 1.
Result<void> check_counts(const ChunkListNode& node) {
  if (node.level != 0 || !has_counts(node)) return corrupt("has counts where there are none");
  for (const ChunkListEntry& entry : node.entries)
    if (entry.count == 0 || entry.bytes % entry.count != 0)
      return corrupt("has a count that does not fit its bytes");
  return {};
}

}  // namespace

std::uint64_t ChunkListNode::total_bytes() const {
  std::uint64_t total = 0;
  for (const ChunkListEntry& entry : entries) total += entry.bytes;
  return total;
}

Bytes encode_chunk_list_node(const ChunkListNode& node) {
  assert(!node.entries.empty() && node.entries.size() <= kMaxEntries && node.level <= kMaxLevel);
  const bool counts = has_counts(node);
  Bytes out;
  out.reserve(8 + node.entries.size() * (ObjectId::kSize + 4));
  base::ByteWriter writer(out);
  write_format_header(writer, counts ? kHeader : kHeaderWithoutCounts);
  writer.u8(node.level);
  writer.varint(node.entries.size());
  for (const ChunkListEntry& entry : node.entries) {
    assert(entry.bytes > 0);
    writer.bytes(entry.id.view());
    writer.varint(entry.bytes);
    if (counts) writer.varint(entry.count);
  }
  return out;
}

Result<ChunkListNode> decode_chunk_list_node(ByteView bytes) {
  base::ByteReader reader(bytes);
  VCS_ASSIGN(const std::uint8_t version, read_format_version(reader, kHeader));
  const bool counts = version == kHeader.version;
  ChunkListNode node;
  node.level = reader.u8();
  const std::uint64_t count = reader.varint();
  if (reader.failed() || node.level > kMaxLevel) return corrupt("has an impossible level");
  if (count == 0 || count > kMaxEntries) return corrupt("has no entries, or more than 1024");
  if (count > reader.remaining() / kMinEntrySize) return corrupt("is cut short");
  node.entries.reserve(count);
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const ByteView id = reader.bytes(ObjectId::kSize);
    const std::uint64_t length = reader.varint();
    const std::uint64_t repeated = counts ? reader.varint() : 1;
    if (reader.failed()) return corrupt("is cut short");
    if (length == 0) return corrupt("has an entry of no bytes");
    if (__builtin_add_overflow(total, length, &total)) return corrupt("is longer than 2^64 bytes");
    node.entries.push_back({ObjectId::from_bytes(id), length, repeated});
  }
  if (!reader.finished()) return corrupt("has trailing bytes");
  if (counts) VCS_TRY(check_counts(node));
  return node;
}

Result<void> ChunkListBuilder::add(const ChunkListEntry& chunk) {
  if (run_ && run_->id == chunk.id && run_->chunk_bytes() == chunk.chunk_bytes()) {
    run_->bytes += chunk.bytes;
    run_->count += chunk.count;
    return {};
  }
  VCS_TRY(end_run());
  run_ = chunk;
  return {};
}

Result<void> ChunkListBuilder::end_run() {
  if (!run_) return {};
  const ChunkListEntry run = *std::exchange(run_, std::nullopt);
  if (run.count >= kLeastRun) return push(0, run);
  for (std::uint64_t i = 0; i < run.count; ++i) VCS_TRY(push(0, {run.id, run.chunk_bytes(), 1}));
  return {};
}

Result<void> ChunkListBuilder::push(std::size_t level, const ChunkListEntry& entry) {
  if (level == levels_.size()) {
    levels_.emplace_back();
    levels_.back().node.level = static_cast<std::uint8_t>(level);
  }
  std::vector<ChunkListEntry>& entries = levels_[level].node.entries;
  entries.push_back(entry);
  const bool ends =
      entries.size() >= kMinEntries && ends_node(entry.id, static_cast<std::uint8_t>(level));
  return ends || entries.size() == kMaxEntries ? close(level) : Result<void>();
}

Result<void> ChunkListBuilder::close(std::size_t level) {
  Level& closing = levels_[level];
  Bytes bytes = encode_chunk_list_node(closing.node);
  const ChunkListEntry parent{hash_bytes(bytes), closing.node.total_bytes(), 1};
  closing.node.entries.clear();
  ++closing.closed;
  VCS_TRY(emit_(parent.id, std::move(bytes)));
  return push(level + 1, parent);
}

Result<ContentRef> ChunkListBuilder::finish() {
  if (levels_.empty() && run_ && run_->count == 1) return ContentRef{ContentKind::blob, run_->id};
  VCS_ASSIGN(const ObjectId root, finish_list());
  return ContentRef{ContentKind::chunks, root};
}

// The root is the only node of the lowest level that has just one.
Result<ObjectId> ChunkListBuilder::finish_list() {
  VCS_TRY(end_run());
  assert(!levels_.empty());
  for (std::size_t level = 0;; ++level) {
    if (!levels_[level].node.entries.empty()) VCS_TRY(close(level));
    if (levels_[level].closed == 1) return levels_[level + 1].node.entries.front().id;
  }
}

Result<ObjectId> build_chunk_list(const std::vector<ChunkListEntry>& chunks,
                                  const EmitObject& emit) {
  assert(!chunks.empty());
  ChunkListBuilder builder(emit);
  for (const ChunkListEntry& chunk : chunks) VCS_TRY(builder.add(chunk));
  return builder.finish_list();
}

}  // namespace vcs::object
