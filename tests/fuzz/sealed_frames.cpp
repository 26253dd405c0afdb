// SPDX-License-Identifier: Apache-2.0
// The offsets are those of docs/format/pack.md.
#include "tests/fuzz/sealed_frames.hpp"

#include <algorithm>

#include "core/object/checksum.hpp"
#include "core/object/hasher.hpp"
#include "core/pack/frame.hpp"

namespace vcs::fuzz {
namespace {

constexpr std::size_t kStoredLengthAt = 16, kPayloadChecksumAt = 24, kObjectsAt = 32;
constexpr std::size_t kChecksumSize = 8;

void put_u64(std::uint64_t value, std::uint8_t* at) {
  for (std::size_t i = 0; i < 8; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void seal(std::span<std::uint8_t> frame, std::size_t header_length) {
  base::ByteReader stored(frame.subspan(kStoredLengthAt, 4));
  const std::size_t payload = std::min<std::size_t>(stored.u32(), frame.size() - header_length);
  put_u64(object::checksum64(frame.subspan(header_length, payload)),
          frame.data() + kPayloadChecksumAt);
  const std::size_t covered = header_length - kChecksumSize;
  put_u64(object::checksum64(frame.first(covered)), frame.data() + covered);
}

void name_truly(std::span<std::uint8_t> frame, const pack::FrameHeader& header) {
  object::Decompressor decompressor;
  const auto plain = pack::decode_frame_payload(header, frame, decompressor);
  if (!plain) return;
  std::size_t at = kObjectsAt, offset = 0;
  for (const pack::FrameObject& object : header.objects) {
    const auto id = object::hash_bytes(base::ByteView(*plain).subspan(offset, object.length));
    std::copy(id.bytes.begin(), id.bytes.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
    at += id.bytes.size();
    while (frame[at++] >= 0x80) {  // the length
    }
    offset += object.length;
  }
  seal(frame, header.header_length);
}

}  // namespace

base::Bytes seal_frames(base::ByteView input, Ids ids) {
  base::Bytes sealed(input.begin(), input.end());
  for (std::size_t at = 0; at < sealed.size();) {
    const std::span<std::uint8_t> rest = std::span(sealed).subspan(at);
    const auto length = pack::peek_header_length(rest);
    if (!length || *length > rest.size()) {
      ++at;
      continue;
    }
    seal(rest, *length);
    const auto header = pack::decode_frame_header(rest);
    if (header && ids == Ids::true_hashes) name_truly(rest, *header);
    at += header ? header->total_length() : *length;
  }
  return sealed;
}

}  // namespace vcs::fuzz
