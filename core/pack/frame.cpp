// SPDX-License-Identifier: Apache-2.0
// Encodes and decodes frames; only this file knows the layout. docs/format/pack.md
#include "core/pack/frame.hpp"

#include <algorithm>

#include "core/object/checksum.hpp"

namespace vcs::pack {
namespace {

using base::ByteReader;
using base::ByteWriter;

constexpr std::uint8_t kMagic[] = {'V', 'C', 'S', 'F'};
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kFlagCompressed = 1, kFlagCommitPoint = 2;
constexpr std::size_t kPayloadChecksumAt = 24, kObjectsAt = 32, kChecksumSize = 8;
// An object in the header: its id and a length of at most four bytes (2^28 > kLargestObject).
constexpr std::size_t kLeastObjectSize = object::ObjectId::kSize + 1;
constexpr std::size_t kLongestHeader =
    kObjectsAt + kMostObjectsInFrame * (object::ObjectId::kSize + 4) + kChecksumSize;
// Compression must save at least one part in so many of the raw bytes.
constexpr std::size_t kLeastSaving = 32;

Bytes encode_header(const FrameHeader& header, std::uint64_t payload_checksum) {
  Bytes out;
  out.reserve(header.header_length);
  ByteWriter writer(out);
  writer.bytes(kMagic);
  writer.u8(kVersion);
  writer.u8(static_cast<std::uint8_t>(header.kind));
  writer.u8(static_cast<std::uint8_t>((header.compressed ? kFlagCompressed : 0) |
                                      (header.commit_point ? kFlagCommitPoint : 0)));
  writer.u8(0);
  writer.u32(header.header_length);
  writer.u32(header.raw_length);
  writer.u32(header.stored_length);
  writer.u32(static_cast<std::uint32_t>(header.objects.size()));
  writer.u64(payload_checksum);
  for (const FrameObject& object : header.objects) {
    writer.bytes(object.id.view());
    writer.varint(object.length);
  }
  writer.u64(object::checksum64(out));
  return out;
}

std::size_t varint_size(std::uint32_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

// Fills the header fields that are known before the payload is made.
Result<void> describe(FrameHeader& header, object::ObjectKind kind,
                      std::span<const FrameInput> objects, bool commit_point) {
  if (objects.empty() || objects.size() > kMostObjectsInFrame)
    return fail(ErrorCode::invalid, "a frame cannot hold {} objects", objects.size());
  header.kind = kind;
  header.commit_point = commit_point;
  header.objects.clear();
  header.objects.reserve(objects.size());
  std::uint64_t raw = 0;
  std::size_t length = kObjectsAt + kChecksumSize;
  for (const FrameInput& input : objects) {
    raw += input.bytes.size();
    if (raw > kLargestObject)
      return fail(ErrorCode::invalid, "a frame of more than {} bytes is refused", kLargestObject);
    header.objects.push_back({input.id, static_cast<std::uint32_t>(input.bytes.size())});
    length += object::ObjectId::kSize + varint_size(header.objects.back().length);
  }
  header.raw_length = static_cast<std::uint32_t>(raw);
  header.header_length = static_cast<std::uint32_t>(length);
  return {};
}

// True if the objects lie in memory one behind the other, as gathered ones do. Then they need no
// copy.
bool lie_together(std::span<const FrameInput> objects) {
  const std::uint8_t* expected = objects.front().bytes.data();
  for (const FrameInput& input : objects) {
    if (input.bytes.data() != expected) return false;
    expected += input.bytes.size();
  }
  return true;
}

bool lengths_agree(const FrameHeader& header) {
  std::uint64_t sum = 0;
  for (const FrameObject& object : header.objects) sum += object.length;
  if (sum != header.raw_length || sum > kLargestObject) return false;
  if (header.objects.empty() && !header.commit_point) return false;
  return header.compressed ? header.stored_length > 0 && header.stored_length < header.raw_length
                           : header.stored_length == header.raw_length;
}

Result<FrameHeader> read_fields(ByteView bytes) {
  ByteReader reader(bytes);
  FrameHeader header;
  reader.bytes(sizeof kMagic);
  const std::uint8_t version = reader.u8(), kind = reader.u8(), flags = reader.u8();
  const std::uint8_t reserved = reader.u8();
  if (version != kVersion)
    return fail(ErrorCode::unsupported, "a frame of version {} needs a newer program", version);
  if (kind < 1 || kind > 4 || (flags & ~(kFlagCompressed | kFlagCommitPoint)) || reserved != 0)
    return fail(ErrorCode::corrupt, "a frame header has unknown fields");
  header.kind = static_cast<object::ObjectKind>(kind);
  header.compressed = flags & kFlagCompressed;
  header.commit_point = flags & kFlagCommitPoint;
  header.header_length = reader.u32();
  header.raw_length = reader.u32();
  header.stored_length = reader.u32();
  const std::uint32_t count = reader.u32();
  reader.u64();  // the payload's checksum
  if (count > kMostObjectsInFrame || count * kLeastObjectSize > reader.remaining())
    return fail(ErrorCode::corrupt, "a frame header names more objects than it can hold");
  header.objects.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const ByteView id = reader.bytes(object::ObjectId::kSize);
    const std::uint64_t length = reader.varint();
    if (reader.failed() || length > kLargestObject)
      return fail(ErrorCode::corrupt, "a frame header is malformed");
    header.objects.push_back(
        {object::ObjectId::from_bytes(id), static_cast<std::uint32_t>(length)});
  }
  if (!reader.finished() || !lengths_agree(header))
    return fail(ErrorCode::corrupt, "a frame header contradicts itself");
  return header;
}

// Both marks are durable points; an older program reads them as such, which is harmless.
EncodedFrame encode_mark(object::ObjectKind kind) {
  EncodedFrame frame;
  frame.header.kind = kind;
  frame.header.commit_point = true;
  frame.header.compressed = false;
  frame.header.header_length = kObjectsAt + kChecksumSize;
  frame.bytes = encode_header(frame.header, object::checksum64({}));
  return frame;
}

}  // namespace

Result<void> encode_frame_into(EncodedFrame& frame, object::ObjectKind kind,
                               std::span<const FrameInput> objects, int level,
                               object::Compressor& compressor, bool commit_point) {
  FrameHeader& header = frame.header;
  VCS_TRY(describe(header, kind, objects, commit_point));
  Bytes joined;
  ByteView raw(objects.front().bytes.data(), header.raw_length);
  if (!lie_together(objects)) {
    joined.reserve(header.raw_length);
    for (const FrameInput& input : objects)
      joined.insert(joined.end(), input.bytes.begin(), input.bytes.end());
    raw = joined;
  }

  frame.bytes.clear();
  frame.bytes.reserve(header.header_length + raw.size() / 2);
  frame.bytes.resize(header.header_length);
  std::size_t stored = raw.size();
  if (!raw.empty()) {
    VCS_ASSIGN(stored, compressor.compress(raw, level, frame.bytes));
  }
  header.compressed = stored + raw.size() / kLeastSaving < raw.size();
  if (!header.compressed) {
    frame.bytes.resize(header.header_length);
    frame.bytes.insert(frame.bytes.end(), raw.begin(), raw.end());
    stored = raw.size();
  }
  header.stored_length = static_cast<std::uint32_t>(stored);
  const ByteView payload = ByteView(frame.bytes).subspan(header.header_length);
  const Bytes head = encode_header(header, object::checksum64(payload));
  std::copy(head.begin(), head.end(), frame.bytes.begin());
  return {};
}

Result<EncodedFrame> encode_frame(object::ObjectKind kind, std::span<const FrameInput> objects,
                                  int level, object::Compressor& compressor, bool commit_point) {
  EncodedFrame frame;
  VCS_TRY(encode_frame_into(frame, kind, objects, level, compressor, commit_point));
  return frame;
}

EncodedFrame encode_sync_mark() {
  return encode_mark(object::ObjectKind::commit);
}

EncodedFrame encode_merge_mark() {
  return encode_mark(object::ObjectKind::blob);
}

bool is_merge_mark(const FrameHeader& header) {
  return header.objects.empty() && header.kind == object::ObjectKind::blob;
}

std::optional<std::uint32_t> peek_header_length(ByteView bytes) {
  if (bytes.size() < kFramePrefix ||
      !std::equal(std::begin(kMagic), std::end(kMagic), bytes.data()))
    return std::nullopt;
  ByteReader reader(bytes.subspan(8, 4));
  const std::uint32_t length = reader.u32();
  if (length < kObjectsAt + kChecksumSize || length > kLongestHeader) return std::nullopt;
  return length;
}

Result<FrameHeader> decode_frame_header(ByteView bytes) {
  const std::optional<std::uint32_t> length = peek_header_length(bytes);
  if (!length) return fail(ErrorCode::corrupt, "there is no frame here");
  if (*length > bytes.size()) return fail(ErrorCode::corrupt, "a frame header is cut off");
  const ByteView covered = bytes.first(*length - kChecksumSize);
  ByteReader checksum(bytes.subspan(covered.size(), kChecksumSize));
  if (object::checksum64(covered) != checksum.u64())
    return fail(ErrorCode::corrupt, "the checksum of a frame header is wrong");
  return read_fields(covered);
}

bool frame_payload_is_whole(const FrameHeader& header, ByteView frame) {
  if (frame.size() < header.total_length()) return false;
  ByteReader checksum(frame.subspan(kPayloadChecksumAt, kChecksumSize));
  return object::checksum64(frame.subspan(header.header_length, header.stored_length)) ==
         checksum.u64();
}

Result<void> decode_frame_payload_into(const FrameHeader& header, ByteView frame,
                                       object::Decompressor& decompressor, base::Buffer& out) {
  if (frame.size() < header.total_length()) return fail(ErrorCode::corrupt, "a frame is cut off");
  const ByteView payload = frame.subspan(header.header_length, header.stored_length);
  out.resize(header.compressed ? header.raw_length : payload.size());
  if (header.compressed) return decompressor.decompress(payload, out.span());
  std::copy(payload.begin(), payload.end(), out.data());
  return {};
}

Result<Bytes> decode_frame_payload(const FrameHeader& header, ByteView frame,
                                   object::Decompressor& decompressor) {
  base::Buffer plain;
  VCS_TRY(decode_frame_payload_into(header, frame, decompressor, plain));
  return Bytes(plain.view().begin(), plain.view().end());
}

}  // namespace vcs::pack
