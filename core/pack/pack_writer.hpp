// SPDX-License-Identifier: Apache-2.0
// The open pack: appended frames are first in a buffer, then in the file, then durable.
//
// One thread at a time calls the methods that change it. The methods under "Readers" may run at the
// same time as sync(), but not at the same time as the others: the store's lock ensures that.
#pragma once

#include <memory>

#include "core/base/filesystem.hpp"
#include "core/pack/pack_table.hpp"

namespace vcs::pack {

class PackWriter {
 public:
  // Creates a new pack and its file; nothing is written or durable yet.
  static Result<std::unique_ptr<PackWriter>> create(base::Directory& directory,
                                                    std::uint32_t number);
  // Writes a file without any whole frame from its start.
  static std::unique_ptr<PackWriter> start(std::shared_ptr<base::File> file, std::uint32_t number);
  // Continues a file that ends at `length` with a whole frame and is durable.
  static std::unique_ptr<PackWriter> resume(std::shared_ptr<base::File> file, std::uint32_t number,
                                            std::uint64_t length, PackContents contents);

  void append(const EncodedFrame& frame);  // into the buffer
  // True if the buffer has enough bytes for a write.
  bool wants_writing() const;
  // True if the pack stays short enough with a frame of so many bytes.
  bool has_room_for(std::size_t frame_size) const;

  // Moves the buffer to leaving(), which the caller writes at written(). Readers find the bytes in
  // leaving() until the caller calls drop_leaving() after the write. After a failed write the
  // caller must give the pack up.
  void hand_over();
  ByteView leaving() const { return leaving_; }
  void drop_leaving();
  // Makes the written bytes durable, and the name of the file if that is new. After an error the
  // caller must give the pack up and never sync it again.
  Result<void> sync(base::Directory& directory);
  void mark_durable();
  // Forgets the objects since the last durable point. Their bytes stay as garbage, so an offset
  // never gets a second meaning.
  void forget_since_durable();
  // Ends the pack at its last durable point and returns its contents. Bytes behind that point do
  // not belong to the pack.
  PackContents give_up();

  // --- For a pack that has no readers yet ---

  // Appends the frame; writes the buffer when it is large enough. `invalid`: the pack would be too
  // long.
  Result<void> add(const EncodedFrame& frame);
  // Writes the rest and makes the content durable. The caller makes the name durable.
  Result<void> finish();

  std::uint64_t durable_end() const { return durable_; }
  bool is_durable() const { return durable_ == end(); }

  // --- Readers ---
  std::uint32_t number() const { return number_; }
  const std::shared_ptr<base::File>& file() const { return file_; }
  std::uint64_t end() const { return written_ + leaving_.size() + buffer_.size(); }
  std::uint64_t written() const { return written_; }
  // The frame that begins at `offset`, which is at least written(), and some bytes behind it.
  ByteView unwritten_from(std::uint64_t offset) const;
  Bytes unwritten() const;  // all bytes from written() on
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
  Bytes leaving_;  // begins at written_
  Bytes buffer_;   // behind it
  PackContents contents_;
};

}  // namespace vcs::pack
