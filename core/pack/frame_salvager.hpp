// SPDX-License-Identifier: Apache-2.0
// Reads what it can of a damaged frame, for objects that have no good copy.
//
// It searches for a flipped bit and repairs it; the checksums show when the bit is right. If that
// would take too long, or more is damaged, it takes each object that can still be read. It takes no
// object whose SHA-256 differs from its id.
#pragma once

#include <atomic>
#include <optional>
#include <utility>
#include <vector>

#include "core/pack/frame_opener.hpp"

namespace vcs::pack {

struct SalvagedFrame {
  FrameHeader header;
  std::vector<std::pair<object::ObjectId, Bytes>> objects;  // whose hash is their id
  bool repaired = false;                                    // `objects` has all of the frame
};

// Not thread-safe.
class FrameSalvager {
 public:
  // The search for a flipped bit may checksum so many bytes: some tens of seconds.
  static constexpr std::uint64_t kMostChecksummed = std::uint64_t{1} << 38;

  explicit FrameSalvager(object::HashProvider provider, const std::atomic<bool>* cancel = nullptr,
                         std::uint64_t most_checksummed = kMostChecksummed)
      : opener_(provider), cancel_(cancel), most_checksummed_(most_checksummed) {}

  // `bytes` begin with the frame; they may go on behind it or be cut off. Nothing: not even the
  // header can be read.
  std::optional<SalvagedFrame> salvage(ByteView bytes);

 private:
  struct Range {
    std::size_t begin = 0, end = 0;
  };

  std::optional<FrameHeader> repair_header(Bytes& bytes);
  bool repair_payload(const FrameHeader& header, Bytes& frame, Range range);
  bool try_masks(const FrameHeader& header, Bytes& frame, Range range, bool single_bits);
  Range take_right_objects(const FrameHeader& header, ByteView frame, SalvagedFrame& salvaged);
  static Range where_damaged(const FrameHeader& header, ByteView frame, Range first_wrong);
  bool cancelled() const { return cancel_ != nullptr && *cancel_; }

  FrameOpener opener_;
  object::Decompressor decompressor_;
  base::Buffer plain_;
  const std::atomic<bool>* cancel_;
  const std::uint64_t most_checksummed_;
};

}  // namespace vcs::pack
