// SPDX-License-Identifier: Apache-2.0
// The bytes of a file's content, whole or in part, from a blob or a chunk list.
#include "core/store/content_reader.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/object/chunk_list.hpp"

namespace vcs::store {

using object::ChunkListNode;
using object::ObjectId;

namespace {

class ContentReader {
 public:
  ContentReader(store::ObjectStore& store, std::uint64_t offset, std::uint64_t length,
                const PieceSink& sink, const ZeroSink& zeros)
      : store_(store),
        begin_(offset),
        end_(offset + std::min(length, std::numeric_limits<std::uint64_t>::max() - offset)),
        sink_(sink),
        zeros_(zeros) {}

  Result<void> read_blob(const ObjectId& id, std::uint64_t start,
                         std::optional<std::uint64_t> expected) {
    VCS_ASSIGN(const Bytes bytes, get_chunk(id, expected));
    const std::uint64_t from = std::max(begin_, start);
    const std::uint64_t to = std::min<std::uint64_t>(end_, start + bytes.size());
    if (from >= to) return {};
    if (zeros_ && expected && is_zero(bytes)) {
      zero_chunk_ = {id, bytes.size()};
      return zeros_(from, to - from);
    }
    return give(bytes, start);
  }

  // Reads an entry: one chunk, or one chunk several times.
  Result<void> read_chunks(const object::ChunkListEntry& entry, std::uint64_t start) {
    const std::uint64_t length = entry.chunk_bytes();
    const std::uint64_t end = start + entry.bytes;
    const std::uint64_t from = std::max(begin_, start), to = std::min(end_, end);
    if (zeros_ && entry.id == zero_chunk_.id && length == zero_chunk_.bytes)
      return zeros_(from, to - from);
    if (entry.count == 1) return read_blob(entry.id, start, length);
    VCS_ASSIGN(const Bytes bytes, get_chunk(entry.id, length));
    if (zeros_ && is_zero(bytes)) {
      zero_chunk_ = {entry.id, length};
      return zeros_(from, to - from);
    }
    for (start = from - (from - start) % length; start < to; start += length)
      VCS_TRY(give(bytes, start));
    return {};
  }

  Result<Bytes> get_chunk(const ObjectId& id, std::optional<std::uint64_t> expected) {
    VCS_ASSIGN(Bytes bytes, store_.get(id));
    if (expected && bytes.size() != *expected)
      return fail(ErrorCode::corrupt, "chunk {} has {} bytes, but its list says {}", id.short_hex(),
                  bytes.size(), *expected);
    return bytes;
  }

  // Passes the wanted part of `bytes`, which begin at `start`, to the sink. There is such a part.
  Result<void> give(ByteView bytes, std::uint64_t start) {
    const std::uint64_t from = std::max(begin_, start);
    const std::uint64_t to = std::min<std::uint64_t>(end_, start + bytes.size());
    return sink_(
        bytes.subspan(static_cast<std::size_t>(from - start), static_cast<std::size_t>(to - from)),
        from);
  }

  Result<ChunkListNode> get_list(const ObjectId& id) {
    VCS_ASSIGN(const Bytes bytes, store_.get(id));
    return object::decode_chunk_list_node(bytes);
  }

  // The level is lower at each step down, so the recursion ends.
  Result<void> read_list(const ChunkListNode& node, std::uint64_t start) {
    for (const object::ChunkListEntry& entry : node.entries) {
      const std::uint64_t here = start;
      if (here >= end_) break;
      start += entry.bytes;
      if (start <= begin_) continue;
      if (node.level == 0) {
        VCS_TRY(read_chunks(entry, here));
        continue;
      }
      VCS_ASSIGN(const ChunkListNode child, get_list(entry.id));
      if (child.level + 1 != node.level || child.total_bytes() != entry.bytes)
        return fail(ErrorCode::corrupt, "chunk list node {} does not fit its parent",
                    entry.id.short_hex());
      VCS_TRY(read_list(child, here));
    }
    return {};
  }

 private:
  store::ObjectStore& store_;
  const std::uint64_t begin_, end_;
  const PieceSink& sink_;
  const ZeroSink& zeros_;
  object::ChunkListEntry zero_chunk_;  // the last chunk that was found to be all zeros
};

}  // namespace

bool is_zero(ByteView bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

Result<std::optional<std::uint64_t>> listed_size(store::ObjectStore& store,
                                                 const object::ContentRef& content) {
  if (content.kind != object::ContentKind::chunks) return std::nullopt;
  VCS_ASSIGN(const Bytes bytes, store.get(content.id));
  VCS_ASSIGN(const ChunkListNode root, object::decode_chunk_list_node(bytes));
  return root.total_bytes();
}

Result<void> read_content(store::ObjectStore& store, const object::ContentRef& content,
                          std::uint64_t offset, std::uint64_t length, const PieceSink& sink,
                          const ZeroSink& zeros) {
  if (length == 0) return {};
  ContentReader reader(store, offset, length, sink, zeros);
  switch (content.kind) {
    case object::ContentKind::blob:
      return reader.read_blob(content.id, 0, std::nullopt);
    case object::ContentKind::chunks: {
      VCS_ASSIGN(const ChunkListNode root, reader.get_list(content.id));
      return reader.read_list(root, 0);
    }
    case object::ContentKind::none:
      break;
  }
  return fail(ErrorCode::invalid, "this entry has no content");
}

Result<Bytes> read_whole_content(store::ObjectStore& store, const object::ContentRef& content,
                                 std::uint64_t limit) {
  Bytes whole;
  const auto append = [&](ByteView piece, std::uint64_t) -> Result<void> {
    if (piece.size() > limit - whole.size())
      return fail(ErrorCode::invalid, "the content is larger than {} bytes", limit);
    whole.insert(whole.end(), piece.begin(), piece.end());
    return {};
  };
  VCS_TRY(read_content(store, content, 0, std::numeric_limits<std::uint64_t>::max(),
                       PieceSink(append)));
  return whole;
}

}  // namespace vcs::store
