// SPDX-License-Identifier: Apache-2.0
// What can be had from a frame that is damaged, for copies that are the last ones.
//
// A flipped bit is looked for and put right: checksums tell when it is. Where that would take too
// long, or more is damaged, each object that can still be read is taken by itself. Nothing is taken
// whose SHA-256 is not what its id says.
#pragma once

#include <atomic>
#include <optional>
#include <utility>
#include <vector>

#include "core/pack/frame_opener.hpp"

namespace vcs::pack {

struct SalvagedFrame {
  FrameHeader header;
  std::vector<std::pair<object::ObjectId, Bytes>> objects;  // those that are right
  bool mended = false;                                      // then all of them are
};

// Not thread-safe.
class FrameSalvager {
 public:
  // As many bytes may be checksummed in search of the flipped bit: some tens of seconds.
  static constexpr std::uint64_t kMostChecksummed = std::uint64_t{1} << 38;

  explicit FrameSalvager(object::HashProvider provider, const std::atomic<bool>* cancel = nullptr,
                         std::uint64_t most_checksummed = kMostChecksummed)
      : opener_(provider), cancel_(cancel), most_checksummed_(most_checksummed) {}

  // `bytes` begin with the frame and may go on behind it, or be cut off. Nothing: not even the
  // header can be had.
  std::optional<SalvagedFrame> salvage(ByteView bytes);

 private:
  struct Range {
    std::size_t begin = 0, end = 0;
  };

  std::optional<FrameHeader> mend_header(Bytes& bytes);
  bool mend_payload(const FrameHeader& header, Bytes& frame, Range range);
  bool try_masks(const FrameHeader& header, Bytes& frame, Range range, bool single_bits);
  Range take_right_objects(const FrameHeader& header, ByteView frame, SalvagedFrame& salvaged);
  static Range where_damaged(const FrameHeader& header, ByteView frame, Range first_wrong);
  bool cancelled() const { return cancel_ != nullptr && *cancel_; }

  FrameOpener opener_;
  object::Decompressor decompressor_;
  Bytes plain_;
  const std::atomic<bool>* cancel_;
  const std::uint64_t most_checksummed_;
};

}  // namespace vcs::pack
