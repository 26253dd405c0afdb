// SPDX-License-Identifier: Apache-2.0
// The open pack: appended frames, first in a buffer, then in the file, then durable.
//
// One thread at a time calls the methods that change it. Those under "readers" below may run at the
// same time as sync(), but not as the others: the store's lock sees to that.
#pragma once

#include <memory>

#include "core/base/filesystem.hpp"
#include "core/pack/pack_table.hpp"

namespace vcs::pack {

class PackWriter {
 public:
  // A new pack. Its file exists when this returns; nothing is written or durable.
  static Result<std::unique_ptr<PackWriter>> create(base::Directory& directory,
                                                    std::uint32_t number);
  // A file without any whole frame, to be written from its start.
  static std::unique_ptr<PackWriter> start(std::shared_ptr<base::File> file, std::uint32_t number);
  // A file that ends at `length` with a whole frame; all of it is durable.
  static std::unique_ptr<PackWriter> resume(std::shared_ptr<base::File> file, std::uint32_t number,
                                            std::uint64_t length, PackContents contents);

  void append(const EncodedFrame& frame);  // into the buffer
  // The buffer is worth a write of its own.
  bool wants_writing() const;
  // A frame of so many bytes keeps the pack short enough.
  bool has_room_for(std::size_t frame_size) const;

  // Sets what is in the buffer aside to be written at written(), by the caller; readers find it
  // there until drop_leaving(), which says that it is done. After an error the pack must be given
  // up.
  void hand_over();
  ByteView leaving() const { return leaving_; }
  void drop_leaving();
  // Makes what was written durable: the file, and its name if that is new. After an error the pack
  // must be given up and never synced again.
  Result<void> sync(base::Directory& directory);
  void mark_durable();
  // Entries since the last durable point are no longer found; their bytes stay as garbage, so an
  // offset never gets a second meaning.
  void forget_since_durable();
  // The pack ends at its last durable point: what is behind it is not even garbage.
  PackContents give_up();

  // --- For a pack that has no readers yet ---

  // Appends, and writes what has come together. `invalid`: the pack would be too long.
  Result<void> add(const EncodedFrame& frame);
  // Writes what is left and makes the content durable; the name is the caller's.
  Result<void> finish();

  std::uint64_t durable_end() const { return durable_; }
  bool is_durable() const { return durable_ == end(); }

  // --- Readers ---
  std::uint32_t number() const { return number_; }
  const std::shared_ptr<base::File>& file() const { return file_; }
  std::uint64_t end() const { return written_ + leaving_.size() + buffer_.size(); }
  std::uint64_t written() const { return written_; }
  // The frame that begins at `offset`, which is at least written(), and some of what follows it.
  ByteView unwritten_from(std::uint64_t offset) const;
  Bytes unwritten() const;  // all of it, from written() on
  const PackContents& contents() const { return contents_; }
  bool has_durable_commit_point() const { return durable_commit_points_ > 0; }

 private:
  void note(const FrameHeader& header);
  void forget_since(std::size_t records, std::size_t commit_points);
  PackWriter(std::shared_ptr<base::File> file, std::uint32_t number);
  Result<void> flush();

  std::shared_ptr<base::File> file_;
  std::uint32_t number_ = 0;
  bool name_is_durable_ = false;
  std::uint64_t written_ = 0, durable_ = 0;
  std::size_t durable_records_ = 0, durable_commit_points_ = 0;
  Bytes leaving_;  // lies at written_
  Bytes buffer_;   // behind it
  PackContents contents_;
};

}  // namespace vcs::pack
