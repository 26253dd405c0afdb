// The open pack: appended frames, first in a buffer, then in the file, then durable.
//
// One thread at a time calls the methods that change it. Those under "readers" below may run at the
// same time as write_buffer() and sync(), but not as the others: the store's lock sees to that.
#pragma once

#include <memory>

#include "core/base/filesystem.hpp"
#include "core/store/pack_table.hpp"

namespace vcs::store {

class PackWriter {
 public:
  // A new pack. Its file exists when this returns; nothing is written or durable.
  static base::Result<std::unique_ptr<PackWriter>> create(base::Directory& directory,
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

  // Writes the buffer at its place in one go; readers go on finding it in the buffer until
  // drop_buffer(). After an error the pack must be given up.
  base::Result<void> write_buffer();
  void drop_buffer();
  // Makes what was written durable: the file, and its name if that is new. After an error the pack
  // must be given up and never synced again.
  base::Result<void> sync(base::Directory& directory);
  void mark_durable();
  // Entries since the last durable point are no longer found; their bytes stay as garbage, so an
  // offset never gets a second meaning.
  void forget_since_durable();
  // The pack ends at its last durable point: what is behind it is not even garbage.
  PackContents give_up();

  // --- For a pack that has no readers yet ---

  // Appends, and writes what has come together. `invalid`: the pack would be too long.
  base::Result<void> add(const EncodedFrame& frame);
  // Writes what is left and makes the content durable; the name is the caller's.
  base::Result<void> finish();

  std::uint64_t durable_end() const { return durable_; }
  bool is_durable() const { return durable_ == end(); }

  // --- Readers ---
  std::uint32_t number() const { return number_; }
  const std::shared_ptr<base::File>& file() const { return file_; }
  std::uint64_t end() const { return written_ + buffer_.size(); }
  std::uint64_t written() const { return written_; }
  const base::Bytes& buffer() const { return buffer_; }  // lies at written() in the pack
  const PackContents& contents() const { return contents_; }
  bool has_durable_commit_point() const { return durable_commit_points_ > 0; }

 private:
  PackWriter(std::shared_ptr<base::File> file, std::uint32_t number);
  base::Result<void> flush();

  std::shared_ptr<base::File> file_;
  std::uint32_t number_ = 0;
  bool name_is_durable_ = false;
  std::uint64_t written_ = 0, durable_ = 0;
  std::size_t durable_records_ = 0, durable_commit_points_ = 0;
  base::Bytes buffer_;
  PackContents contents_;
};

}  // namespace vcs::store
