// SPDX-License-Identifier: Apache-2.0
// Reads a small file into its frame, cuts a large one, and stores shares of the queue.
#include "core/snapshot/file_intake.hpp"

#include "core/base/memory.hpp"

namespace vcs::snapshot {

using object::ContentKind;
using object::ObjectId;
using State = Ingested::State;

Result<void> FileIntake::take_content(base::File& file, Ingested& out) {
  return out.stat.size <= shared_.chunker.parameters().minimum() ? take_small(file, out)
                                                                 : take_large(file, out);
}

Result<void> FileIntake::take_small(base::File& file, Ingested& out) {
  const std::span<std::uint8_t> room = writer_.room(out.stat.size);
  auto got = file.read_at(room, 0);
  if (!got) return refuse(out, got.error()), Result<void>();
  if (*got != room.size()) {
    out.state = State::unstable;
    return {};
  }
  VCS_ASSIGN(const ObjectId id, writer_.keep(room));
  out.content = {ContentKind::blob, id};
  out.state = State::captured;
  shared_.progress.bytes_done += out.stat.size;
  return {};
}

Result<void> FileIntake::take_large(base::File& file, Ingested& out) {
  const bool sparse = out.stat.blocks * 512 < out.stat.size;
  LargeFileCutter cutter(file, out.stat.size, sparse, shared_.chunker, shared_.zeros);
  const auto list = std::make_shared<SharedChunkList>(
      [this](const ObjectId& id, Bytes node) { return writer_.add_node(id, node); });
  VCS_TRY(cut(cutter, list, out));
  VCS_TRY(finish(*list, out));
  if (out.error || shared_.stop.is_set()) return {};
  out.state = cutter.complete() ? State::captured : State::unstable;
  // If the file became shorter, its size is the number of bytes read.
  out.stat.size = cutter.length();
  return {};
}

// Cuts the file up to its end, or up to a read error, which goes to `out`.
Result<void> FileIntake::cut(LargeFileCutter& cutter, const std::shared_ptr<SharedChunkList>& list,
                             Ingested& out) {
  for (std::size_t number = 0; !shared_.stop.is_set() && !cutter.ended(); ++number) {
    Share next{list, number, {}};
    next.piece.buffer = shared_.shares.spare_buffer();
    auto more = cutter.next(next.piece);
    if (!more) refuse(out, more.error());
    if (!more || !*more) break;
    VCS_TRY(pass_on(std::move(next)));
    VCS_TRY(list->grow());
  }
  return {};
}

// Queues the share for any lane. If the queue is full, this lane stores the share itself, which
// bounds the memory and cannot dead-lock. If the queue has no memory for it, the list is given up
// with its file, and nobody waits for the piece.
Result<void> FileIntake::pass_on(Share share) {
  share.list->opened();
  if (!shared_.shares.offer(share)) return store(std::move(share));
  shared_.bell.ring();
  return {};
}

Result<bool> FileIntake::help() {
  std::optional<Share> share = shared_.shares.take();
  if (!share) return false;
  VCS_TRY(store(std::move(*share)));
  return true;
}

// Without memory for a piece, its file is refused, on whichever lane.
Result<void> FileIntake::store(Share share) {
  Result<void> done;
  const bool had_memory = base::has_memory_for([&] { done = store_piece(share); });
  share.list->closed(had_memory);
  shared_.bell.ring();
  return done;
}

Result<void> FileIntake::store_piece(Share& share) {
  VCS_ASSIGN(SharedChunkList::Entries entries, writer_.store(share.piece));
  for (const object::ChunkListEntry& entry : entries) shared_.progress.bytes_done += entry.bytes;
  share.list->entered(share.number, std::move(entries));
  shared_.shares.give_back(std::move(share.piece.buffer));
  return {};
}

// Waits for the file's open pieces and stores shares of the queue meanwhile. Then ends the list.
Result<void> FileIntake::finish(SharedChunkList& list, Ingested& out) {
  for (;;) {
    const std::uint64_t heard = shared_.bell.rings();
    if (!list.has_open_pieces()) break;
    if (shared_.stop.is_set()) return {};
    VCS_ASSIGN(const bool helped, help());
    if (!helped) shared_.bell.wait(heard);
  }
  if (list.lacked_memory()) return refuse(out, base::out_of_memory().value()), Result<void>();
  VCS_ASSIGN(out.content, list.finish());
  return {};
}

}  // namespace vcs::snapshot
