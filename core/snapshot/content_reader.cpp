// The bytes of a file's content, whole or in part, from a blob or a chunk list.
#include "core/snapshot/content_reader.hpp"

#include <algorithm>
#include <limits>

#include "core/object/chunk_list.hpp"

namespace vcs::snapshot {

using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::Result;
using object::ChunkListNode;
using object::ObjectId;

namespace {

class ContentReader {
 public:
  ContentReader(store::ObjectStore& store, std::uint64_t offset, std::uint64_t length,
                const PieceSink& sink)
      : store_(store),
        begin_(offset),
        end_(offset + std::min(length, std::numeric_limits<std::uint64_t>::max() - offset)),
        sink_(sink) {}

  Result<void> read_blob(const ObjectId& id, std::uint64_t start,
                         std::optional<std::uint64_t> expected) {
    VCS_ASSIGN(const base::Bytes bytes, store_.get(id));
    if (expected && bytes.size() != *expected)
      return fail(ErrorCode::corrupt, "chunk {} has {} bytes where its list tells {}",
                  id.short_hex(), bytes.size(), *expected);
    const std::uint64_t from = std::max(begin_, start);
    const std::uint64_t to = std::min<std::uint64_t>(end_, start + bytes.size());
    if (from >= to) return {};
    const ByteView piece = ByteView(bytes).subspan(static_cast<std::size_t>(from - start),
                                                   static_cast<std::size_t>(to - from));
    return sink_(piece, from);
  }

  Result<ChunkListNode> get_list(const ObjectId& id) {
    VCS_ASSIGN(const base::Bytes bytes, store_.get(id));
    return object::decode_chunk_list_node(bytes);
  }

  // Levels strictly decrease, so this ends.
  Result<void> read_list(const ChunkListNode& node, std::uint64_t start) {
    for (const object::ChunkListEntry& entry : node.entries) {
      const std::uint64_t here = start;
      if (here >= end_) break;
      start += entry.bytes;
      if (start <= begin_) continue;
      if (node.level == 0) {
        VCS_TRY(read_blob(entry.id, here, entry.bytes));
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
};

}  // namespace

Result<void> read_content(store::ObjectStore& store, const object::ContentRef& content,
                          std::uint64_t offset, std::uint64_t length, const PieceSink& sink) {
  if (length == 0) return {};
  ContentReader reader(store, offset, length, sink);
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

Result<base::Bytes> read_whole_content(store::ObjectStore& store, const object::ContentRef& content,
                                       std::uint64_t limit) {
  base::Bytes whole;
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

}  // namespace vcs::snapshot
