// SPDX-License-Identifier: Apache-2.0
// Reads a pack from front to back through a window, or one frame of it. Plain reads, no mapping: a
// bad sector is an error here, where a mapping would end the process.
#pragma once

#include <memory>

#include "core/base/filesystem.hpp"
#include "core/pack/frame.hpp"

namespace vcs::pack {

// Not thread-safe. Bytes [0, file_length) come from the file, what follows from `tail`, the open
// pack's unwritten end.
class PackReader {
 public:
  // `block`: how much to read at a time, for those who go from frame to frame.
  PackReader(std::shared_ptr<base::File> file, std::uint64_t file_length, Bytes tail = {},
             std::size_t block = std::size_t{1} << 20);

  std::uint64_t length() const { return file_length_ + tail_.size(); }
  // The bytes at `offset`, `length` of them or as many as there are. Valid until the next call.
  Result<ByteView> view(std::uint64_t offset, std::size_t length);

 private:
  Result<void> fill(std::uint64_t end);

  std::shared_ptr<base::File> file_;
  std::uint64_t file_length_ = 0;
  Bytes tail_;
  std::size_t block_ = 0;
  Bytes window_;
  std::uint64_t window_begin_ = 0;
};

// A frame as it lies in its pack.
struct StoredFrame {
  FrameHeader header;
  Bytes bytes;
};
// `corrupt` if there is none at `offset` or it is cut off. The payload's checksum is not looked at:
// the reader checks the object's hash.
Result<StoredFrame> read_frame(base::File& file, std::uint64_t offset);

}  // namespace vcs::pack
