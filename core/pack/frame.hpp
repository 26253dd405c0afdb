// SPDX-License-Identifier: Apache-2.0
// The frame: the unit of a pack. It has one zstd frame with one or more objects of one kind, and a
// header that lists these objects, so a pack can be read without its index. Pure functions on
// bytes. docs/format/pack.md
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/base/buffer.hpp"
#include "core/object/compressor.hpp"
#include "core/object/object_id.hpp"

namespace vcs::pack {

// The target size of a solid frame of small objects, in raw bytes. Content is mostly read a folder
// at a time and compresses better together; tree nodes are read one by one. docs/performance.md has
// the measurements.
constexpr std::size_t solid_frame_target(object::ObjectKind kind) {
  return kind == object::ObjectKind::blob ? 1024 * 1024 : 64 * 1024;
}
// Larger objects are refused; chunks of content are far smaller. The raw bytes of one frame have
// the same limit.
inline constexpr std::size_t kLargestObject = 64u << 20;
inline constexpr std::size_t kMostObjectsInFrame = 64 * 1024;

struct FrameObject {
  object::ObjectId id;
  std::uint32_t length = 0;  // of its plain bytes
  bool operator==(const FrameObject&) const = default;
};

struct FrameHeader {
  object::ObjectKind kind = object::ObjectKind::blob;
  bool commit_point = false;        // a commit of this machine; if whole, recovery moves the ref
  std::uint32_t raw_length = 0;     // of all objects together, in order
  std::uint32_t stored_length = 0;  // of the payload
  bool compressed = true;           // false: the payload is the raw bytes
  std::vector<FrameObject> objects;
  std::uint32_t header_length = 0;  // of the encoded header, filled by the decoder
  std::uint32_t total_length() const { return header_length + stored_length; }
};

// A frame that is ready to append: header and payload with their checksums.
struct EncodedFrame {
  FrameHeader header;
  Bytes bytes;
};

struct FrameInput {
  object::ObjectId id;
  ByteView bytes;
};

// Compresses `objects` into one frame; trusts their ids. Keeps the raw bytes if compression saves
// too little. The second form writes over `frame` and uses its memory again.
Result<EncodedFrame> encode_frame(object::ObjectKind kind, std::span<const FrameInput> objects,
                                  int level, object::Compressor& compressor,
                                  bool commit_point = false);
Result<void> encode_frame_into(EncodedFrame& frame, object::ObjectKind kind,
                               std::span<const FrameInput> objects, int level,
                               object::Compressor& compressor, bool commit_point = false);

// A frame without objects: it ends a group of frames that was made durable without a commit.
EncodedFrame encode_sync_mark();
// A frame without objects: a pack that compaction or repair made starts with it.
EncodedFrame encode_merge_mark();
bool is_merge_mark(const FrameHeader& header);

// A reader first fetches kFramePrefix bytes; peek_header_length() reads the length of the header
// from them. Nothing: `bytes` does not start like a frame.
inline constexpr std::size_t kFramePrefix = 12;
std::optional<std::uint32_t> peek_header_length(ByteView bytes);

// Decodes the header at the start of `bytes`. `corrupt` if there is none or it is cut off.
Result<FrameHeader> decode_frame_header(ByteView bytes);
// True if frame[header_length, total_length) has the whole payload and its checksum is right.
bool frame_payload_is_whole(const FrameHeader& header, ByteView frame);
// The objects' plain bytes, one after the other. Does not check ids.
Result<Bytes> decode_frame_payload(const FrameHeader& header, ByteView frame,
                                   object::Decompressor& decompressor);
// The same into a buffer that the caller uses again and again. After an error in compressed bytes it
// has what was decoded before them; the rest is as it was.
Result<void> decode_frame_payload_into(const FrameHeader& header, ByteView frame,
                                       object::Decompressor& decompressor, base::Buffer& out);

}  // namespace vcs::pack
