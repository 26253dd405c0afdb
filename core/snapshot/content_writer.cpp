// SPDX-License-Identifier: Apache-2.0
// Hashes content, claims new objects and puts them into frames.
#include "core/snapshot/content_writer.hpp"

namespace vcs::snapshot {
namespace {

using object::ObjectId;
using object::ObjectKind;

// New chunks with their claims. The destructor gives up the claims of chunks that were not taken.
struct FreshChunks {
  explicit FreshChunks(store::ObjectStore& of) : store(of) {}
  ~FreshChunks() {
    for (std::size_t i = taken; i < all.size(); ++i) store.give_up_claim(all[i].id);
  }
  FreshChunks(const FreshChunks&) = delete;
  FreshChunks& operator=(const FreshChunks&) = delete;

  store::ObjectStore& store;
  std::vector<pack::FrameInput> all;
  std::size_t taken = 0;
};

}  // namespace

ContentWriter::ContentWriter(store::ObjectStore& store, object::Hasher& hasher,
                             const ZeroChunk& zeros, int level)
    : store_(store),
      hasher_(hasher),
      zeros_(zeros),
      blobs_(store, ObjectKind::blob, level),
      lists_(store, ObjectKind::chunk_list, level) {}

std::span<std::uint8_t> ContentWriter::room(std::size_t length) {
  return blobs_.room(length);
}

Result<ObjectId> ContentWriter::keep(ByteView content) {
  const ObjectId id = hasher_.hash(content);
  if (store_.claim(id)) VCS_TRY(blobs_.keep(id));
  return id;
}

Result<std::vector<object::ChunkListEntry>> ContentWriter::store(const Piece& piece) {
  Entries entries;
  VCS_TRY(piece.zero_chunks > 0 ? store_zeros(piece.zero_chunks, entries)
                                : store_chunks(piece, entries));
  return entries;
}

Result<void> ContentWriter::store_zeros(std::uint64_t count, Entries& entries) {
  const ByteView zeros = zeros_.view();
  if (!id_of_zeros_) id_of_zeros_ = hasher_.hash(zeros);
  if (store_.claim(*id_of_zeros_)) VCS_TRY(blobs_.add(*id_of_zeros_, zeros));
  entries.push_back({*id_of_zeros_, count * zeros.size(), count});
  return {};
}

// Neighbouring chunks share a frame, as small files do; the last ones join the small files.
Result<void> ContentWriter::store_chunks(const Piece& piece, Entries& entries) {
  constexpr std::size_t kTarget = pack::solid_frame_target(ObjectKind::blob);
  FreshChunks fresh(store_);
  fresh.all.reserve(piece.lengths.size());
  std::size_t offset = 0, gathered = 0;
  for (const std::uint32_t length : piece.lengths) {
    const ByteView chunk = piece.buffer.view().subspan(offset, length);
    const ObjectId id = hasher_.hash(chunk);
    if (store_.claim(id)) {
      fresh.all.push_back({id, chunk});
      gathered += length;
      if (gathered >= kTarget) {
        VCS_TRY(blobs_.append(fresh.all));
        fresh.all.clear();
        gathered = 0;
      }
    }
    entries.push_back({id, length});
    offset += length;
  }
  if (gathered >= kTarget / 2) {
    VCS_TRY(blobs_.append(fresh.all));
    fresh.all.clear();
  }
  while (fresh.taken < fresh.all.size()) {
    const pack::FrameInput& chunk = fresh.all[fresh.taken++];
    VCS_TRY(blobs_.add(chunk.id, chunk.bytes));
  }
  return {};
}

Result<void> ContentWriter::add_node(const ObjectId& id, ByteView node) {
  return store_.claim(id) ? lists_.add(id, node) : Result<void>();
}

Result<void> ContentWriter::flush() {
  VCS_TRY(blobs_.flush());
  return lists_.flush();
}

}  // namespace vcs::snapshot
