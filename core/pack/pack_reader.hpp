// SPDX-License-Identifier: Apache-2.0
// Reads a pack from front to back through a window, or one frame of it. It uses plain reads, no
// mapping: a bad sector gives an error, where a mapping would end the process.
#pragma once

#include <memory>

#include "core/base/buffer.hpp"
#include "core/base/filesystem.hpp"
#include "core/pack/frame.hpp"

namespace vcs::pack {

// Not thread-safe. Bytes [0, file_length) come from the file. The bytes behind them come from
// `tail`, the unwritten end of the open pack.
class PackReader {
 public:
  // `block`: bytes to read at a time, for callers that go from frame to frame.
  PackReader(std::shared_ptr<base::File> file, std::uint64_t file_length, Bytes tail = {},
             std::size_t block = std::size_t{1} << 20);

  std::uint64_t length() const { return file_length_ + tail_.size(); }
  // `length` bytes at `offset`, or fewer at the end of the pack. Valid until the next call.
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

// A frame as it is in its pack.
struct StoredFrame {
  FrameHeader header;
  base::Buffer bytes;
};
// `corrupt` if there is no frame at `offset` or it is cut off. Does not check the payload's
// checksum: the caller checks the object's hash. `memory`: a spare buffer, to be used again.
Result<StoredFrame> read_frame(base::File& file, std::uint64_t offset, base::Buffer memory = {});

}  // namespace vcs::pack
