// SPDX-License-Identifier: Apache-2.0
// Packs of the remote layout and their indexes. Pure. docs/format/remote.md
//
//   pack     header of an envelope (8 bytes) · frames, one after the other · index (an envelope) ·
//            length of the index: u32 · "VCSP"
//   segment  an envelope with the ids, sizes and indexes of many packs
//
// Frames are opaque here; core/pack/frame.hpp defines them.
#pragma once

#include <span>

#include "core/remote/layout/remote_layout.hpp"

namespace vcs::remote::layout {

// A run of bytes of a pack that is read and checked as one unit.
struct PackFrame {
  std::uint8_t kind = 0;     // of its objects, as numbered by the object store
  std::uint32_t offset = 0;  // in the pack
  std::uint32_t length = 0;
  std::uint32_t objects = 0;  // how many of PackIndex::ids it has
  bool operator==(const PackFrame&) const = default;
};

struct PackIndex {
  std::vector<PackFrame> frames;
  std::vector<RemoteObjectId> ids;  // frame by frame, in the order in which the frames hold them
  bool operator==(const PackIndex&) const = default;
};

Bytes encode_pack_index(const PackIndex& index);
Result<PackIndex> decode_pack_index(ByteView bytes);

// Collects frames into one pack. Not thread-safe.
class PackBuilder {
 public:
  // `largest`: the wanted size of a pack. A pack past a sixteenth of it reserves its whole memory
  // at once, as a buffer that doubles is copied and ends twice as large as its pack.
  explicit PackBuilder(std::size_t largest = 0);
  void add(std::uint8_t kind, std::span<const RemoteObjectId> ids, ByteView frame);
  std::size_t size() const { return bytes_.size(); }  // without the trailer
  bool empty() const { return index_.frames.empty(); }
  // Returns the whole pack and sets `index` to its index; then the builder is empty again.
  Bytes finish(PackIndex& index);

 private:
  const std::size_t largest_;
  Bytes bytes_;
  PackIndex index_;
};

// The length of a pack's index and footer, read from its last kPackFooter bytes.
inline constexpr std::size_t kPackFooter = 8;
Result<std::size_t> pack_trailer_length(ByteView footer);
// The index of a pack of `pack_size` bytes, from a `tail` of it that is long enough.
Result<PackIndex> read_pack_trailer(ByteView tail, std::uint64_t pack_size);

struct SegmentPack {
  std::string id;
  std::uint64_t size = 0;
  PackIndex index;
  bool operator==(const SegmentPack&) const = default;
};
Bytes encode_segment(std::span<const SegmentPack> packs);
Result<std::vector<SegmentPack>> decode_segment(ByteView bytes);

}  // namespace vcs::remote::layout
