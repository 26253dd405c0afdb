// SPDX-License-Identifier: Apache-2.0
// Cuts a large file into pieces of whole chunks, so that several threads can hash one file.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/base/buffer.hpp"
#include "core/base/filesystem.hpp"
#include "core/object/chunk_list.hpp"
#include "core/object/chunker.hpp"

namespace vcs::snapshot {

// Consecutive chunks of one file.
struct Piece {
  base::Buffer buffer;
  std::vector<std::uint32_t> lengths;  // of the chunks at the start of `buffer`
  // Instead of the buffer: number of chunks of zeros from the middle of a hole.
  std::uint64_t zero_chunks = 0;
};

// The chunk of zeros that repeats in a long run of zeros. Made at the first view(), as filling and
// cutting it takes longer than most saves. Thread-safe.
class ZeroChunk {
 public:
  explicit ZeroChunk(const object::Chunker& chunker) : chunker_(chunker) {}
  ByteView view() const;

 private:
  const object::Chunker& chunker_;
  mutable std::once_flag made_;
  mutable base::Buffer bytes_;
};

// Reads a file from its start. Not thread-safe.
class LargeFileCutter {
 public:
  // Reading ends at `size`, as a file that a process appends to may have no end. `sparse`: the file
  // has holes, which are not read.
  LargeFileCutter(base::File& file, std::uint64_t size, bool sparse, const object::Chunker& chunker,
                  const ZeroChunk& zeros)
      : file_(file), size_(size), sparse_(sparse), chunker_(chunker), zeros_(zeros) {}

  // Fills `piece` and reuses its buffer. False: there was no further chunk; the file has ended.
  Result<bool> next(Piece& piece);
  // No piece follows.
  bool ended() const { return ended_; }
  // True: all of the file was read. False after the end: the file has become shorter.
  bool complete() const { return offset_ == size_; }
  std::uint64_t length() const { return offset_; }  // bytes read, including holes

  // Bytes of the file that are read at once.
  static constexpr std::size_t kSegment = std::size_t{1} << 20;

 private:
  Result<bool> skip_hole(Piece& piece);
  Result<void> look_for_hole(std::uint64_t position);

  base::File& file_;
  const std::uint64_t size_;
  bool sparse_;
  const object::Chunker& chunker_;
  const ZeroChunk& zeros_;
  std::uint64_t offset_ = 0;  // of the next byte to be read
  Bytes carry_;               // read, but not cut yet
  bool ended_ = false;
  std::uint64_t extent_end_ = 0;  // end of the data or hole that was found last
  bool in_hole_ = false;
};

}  // namespace vcs::snapshot
