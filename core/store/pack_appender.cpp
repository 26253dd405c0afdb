// SPDX-License-Identifier: Apache-2.0
// Appends, makes the commit point, and handles a failed write.
#include "core/store/pack_appender.hpp"

#include <algorithm>

#include "core/base/memory.hpp"
#include "core/pack/pack_file.hpp"

namespace vcs::store {

Result<void> PackAppender::append(const pack::EncodedFrame& frame) {
  const base::Lock turn(packs_.turn());
  return append_in_turn(frame);
}

Result<void> PackAppender::append_in_turn(const pack::EncodedFrame& frame) {
  if (hides_behind_bad_copy(frame)) VCS_TRY(seal_open_pack());
  VCS_TRY(prepare_open_pack(frame.bytes.size()));
  packs_.change_open([&](pack::PackWriter& open) { open.append(frame); });
  if (!packs_.open()->wants_writing()) return {};
  Result<void> written = write_behind();
  if (!written) give_up();
  return written;
}

// True if the open pack has a bad copy of an object of this frame. A pack finds only the first copy
// of an object in it, so the new one would be hidden.
bool PackAppender::hides_behind_bad_copy(const pack::EncodedFrame& frame) {
  const pack::PackWriter* open = packs_.open();
  if (!open || !bad_copies_.any()) return false;
  return std::any_of(frame.header.objects.begin(), frame.header.objects.end(),
                     [&](const pack::FrameObject& object) {
                       const pack::IndexRecord* record = open->contents().table.find(object.id);
                       return record &&
                              bad_copies_.has(object.id, record->location(open->number()));
                     });
}

bool PackAppender::is_full(const pack::PackWriter& open, std::size_t frame_size) const {
  return open.end() >= seal_at_ || open.contents().table.size() >= seal_at_objects_ ||
         !open.has_room_for(frame_size);
}

Result<void> PackAppender::prepare_open_pack(std::size_t frame_size) {
  if (const pack::PackWriter* open = packs_.open(); open && is_full(*open, frame_size))
    VCS_TRY(seal_open_pack());
  if (packs_.open()) return {};
  // A failed creation may leave a file behind, so its number is not used again.
  VCS_ASSIGN(const std::uint32_t number, packs_.take_number());
  VCS_ASSIGN(auto created, pack::PackWriter::create(directory_, number));
  packs_.start(std::move(created));
  return {};
}

// Readers find the bytes in memory until they are in the file. If the write fails on the other
// thread, the next call that needs the bytes in the file returns the error; every commit needs
// them.
Result<void> PackAppender::write_behind() {
  if (!behind_) return write_buffer();
  VCS_TRY(end_write());
  packs_.change_open([](pack::PackWriter& open) { open.hand_over(); });
  const pack::PackWriter& open = *packs_.open();
  behind_->begin(open.file(), open.leaving(), open.written());
  return {};
}

Result<void> PackAppender::end_write() {
  VCS_TRY(written_);
  if (!behind_) return {};
  written_ = behind_->wait();
  VCS_TRY(written_);
  packs_.change_open([](pack::PackWriter& open) { open.drop_leaving(); });
  return {};
}

Result<void> PackAppender::write_buffer() {
  VCS_TRY(end_write());
  packs_.change_open([](pack::PackWriter& open) { open.hand_over(); });
  const pack::PackWriter& open = *packs_.open();
  written_ = base::within_memory(
      [&] { return open.file()->write_past_cache(open.leaving(), open.written()); });
  VCS_TRY(written_);
  packs_.change_open([](pack::PackWriter& pack) { pack.drop_leaving(); });
  return {};
}

Result<void> PackAppender::make_durable() {
  pack::PackWriter* open = packs_.open();
  if (!open || open->is_durable()) return {};
  Result<void> done = write_buffer();
  if (done) done = open->sync(directory_);
  if (!done) {
    give_up();
    return done;
  }
  packs_.change_open([](pack::PackWriter& pack) { pack.mark_durable(); });
  return {};
}

Result<void> PackAppender::commit(const pack::EncodedFrame& commit_frame, std::uint64_t losses) {
  const base::Lock turn(packs_.turn());
  if (losses != losses_)
    return fail(ErrorCode::io,
                "objects that the commit needs were lost, because their pack could not be written");
  VCS_TRY(append_in_turn(commit_frame));
  VCS_TRY(make_durable());
  do_what_was_left();
  return {};
}

Result<void> PackAppender::sync() {
  const base::Lock turn(packs_.turn());
  if (!packs_.open() || packs_.open()->is_durable()) return {};
  VCS_TRY(append_in_turn(pack::encode_sync_mark()));
  return make_durable();
}

void PackAppender::abandon() {
  const base::Lock turn(packs_.turn());
  if (!packs_.open() || packs_.open()->is_durable()) return;
  packs_.change_open([](pack::PackWriter& open) { open.forget_since_durable(); });
  ++losses_;
}

// After an error nobody knows which bytes the kernel kept of the file. So the store writes no more
// to it: it becomes a sealed pack up to its last durable point, and the next append begins a new
// pack.
void PackAppender::give_up() {
  const pack::PackWriter& open = *packs_.open();
  const std::uint32_t number = open.number();
  // Otherwise the next process might take the bytes behind it for durable when its own sync
  // succeeds.
  (void)open.file()->truncate(open.durable_end());
  if (open.durable_end() == 0) worthless_.push_back(number);
  packs_.end_open();
  written_ = {};
  ++losses_;
  log_.warning("{} is not written to any more after an error", pack::pack_name(number));
  do_what_was_left();
}

Result<void> PackAppender::seal() {
  const base::Lock turn(packs_.turn());
  return packs_.open() ? seal_open_pack() : Result<void>();
}

Result<void> PackAppender::seal_open_pack() {
  VCS_TRY(make_durable());
  files_.keep(packs_.open()->number(), packs_.open()->file());
  packs_.end_open();
  packs_.trim_indexes();  // making an index takes as much memory as several others
  do_what_was_left();
  return {};
}

// Writes indexes and removes files that earlier calls left over. A pack without an index file is
// whole, and readers search it in memory meanwhile. So an error here does not fail the caller's
// append; the next commit tries again.
void PackAppender::do_what_was_left() {
  while (!worthless_.empty()) {
    auto removed = directory_.remove_file(pack::pack_name(worthless_.back()));
    if (!removed && removed.error().code != ErrorCode::not_found) return;
    worthless_.pop_back();
  }
  for (const pack::SealedPackPtr& pack : packs_.without_index()) {
    auto indexed = pack::write_index(directory_, *pack);
    if (!indexed)
      return log_.warning("{}: {}; it is tried again later", pack::index_name(pack->number),
                          indexed.error().message);
    packs_.renew(pack, std::move(*indexed));
  }
}

}  // namespace vcs::store
