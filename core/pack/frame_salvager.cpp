// SPDX-License-Identifier: Apache-2.0
// Repairs or reads the header, the payload and the objects, as far as possible.
#include "core/pack/frame_salvager.hpp"

#include <algorithm>

namespace vcs::pack {
namespace {

// Raw bytes in each block of a zstd frame except the last.
constexpr std::size_t kZstdBlock = 128 * 1024;
constexpr std::size_t kZstdLongestHeader = 18, kZstdBlockHeader = 3;

// The starts of the blocks of a payload, then its end. Each block header gives the start of the
// next. If a block header is damaged, the chain breaks and the last piece is longer than a block.
std::vector<std::size_t> zstd_blocks(ByteView payload) {
  constexpr std::uint8_t kSingleSegment = 0x20;
  if (payload.size() < kZstdLongestHeader) return {0, payload.size()};
  const std::uint8_t descriptor = payload[4];
  const bool single = (descriptor & kSingleSegment) != 0;
  constexpr std::size_t kDictionary[] = {0, 1, 2, 4}, kContent[] = {0, 2, 4, 8};
  const std::size_t content = kContent[descriptor >> 6];
  std::size_t at =
      5 + (single ? 0 : 1) + kDictionary[descriptor & 3] + (single && content == 0 ? 1 : content);
  std::vector<std::size_t> blocks;
  while (at + kZstdBlockHeader <= payload.size()) {
    blocks.push_back(at);
    const std::uint32_t header = payload[at] | static_cast<std::uint32_t>(payload[at + 1]) << 8 |
                                 static_cast<std::uint32_t>(payload[at + 2]) << 16;
    const bool is_run = (header >> 1 & 3) == 1;
    at += kZstdBlockHeader + (is_run ? 1 : header >> 3);
    if ((header & 1) != 0) break;
  }
  if (blocks.empty()) blocks.push_back(0);
  blocks.front() = 0;  // the first piece includes the frame's own header
  blocks.push_back(payload.size());
  return blocks;
}

}  // namespace

std::optional<FrameHeader> FrameSalvager::repair_header(Bytes& bytes) {
  if (auto header = decode_frame_header(bytes)) return std::move(*header);
  // The first bytes contain the length of the header, so try these first.
  for (std::size_t bit = 0; bit < kFramePrefix * 8 && bit / 8 < bytes.size(); ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    if (auto header = decode_frame_header(bytes)) return std::move(*header);
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
  }
  const auto length = peek_header_length(bytes);
  if (!length || *length > bytes.size() || std::uint64_t{*length} * *length * 8 > most_checksummed_)
    return std::nullopt;
  for (std::size_t at = kFramePrefix; at < *length && !cancelled(); ++at)
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes[at] ^= static_cast<std::uint8_t>(1u << bit);
      if (auto header = decode_frame_header(bytes)) return std::move(*header);
      bytes[at] ^= static_cast<std::uint8_t>(1u << bit);
    }
  return std::nullopt;
}

// Changes one byte after the other, in one bit or in every way, until the checksum is right.
bool FrameSalvager::try_masks(const FrameHeader& header, Bytes& frame, Range range,
                              bool single_bits) {
  const std::uint64_t tries = (range.end - range.begin) * (single_bits ? 8u : 255u);
  if (tries * header.stored_length > most_checksummed_) return false;
  for (std::size_t at = range.begin; at < range.end && !cancelled(); ++at) {
    const std::uint8_t was = frame[at];
    for (unsigned mask = 1; mask < 256; single_bits ? mask <<= 1 : ++mask) {
      frame[at] = static_cast<std::uint8_t>(was ^ mask);
      if (frame_payload_is_whole(header, frame)) return true;
    }
    frame[at] = was;
  }
  return false;
}

bool FrameSalvager::repair_payload(const FrameHeader& header, Bytes& frame, Range range) {
  return try_masks(header, frame, range, true) || try_masks(header, frame, range, false);
}

// Takes the objects whose hash is their id. Returns the place of the first wrong object in the raw
// bytes.
FrameSalvager::Range FrameSalvager::take_right_objects(const FrameHeader& header, ByteView frame,
                                                       SalvagedFrame& salvaged) {
  salvaged.objects.clear();
  plain_.resize(header.raw_length);
  std::fill_n(plain_.data(), plain_.size(), std::uint8_t{0});
  // After an error, plain_ still has the bytes that were decoded before the damage.
  (void)decode_frame_payload_into(header, frame, decompressor_, plain_);
  plain_.resize(header.raw_length);
  std::size_t at = 0;
  std::optional<Range> first_wrong;
  for (const FrameObject& object : header.objects) {
    const ByteView bytes = plain_.view().subspan(at, object.length);
    if (opener_.is_right({object.id, bytes}))
      salvaged.objects.emplace_back(object.id, Bytes(bytes.begin(), bytes.end()));
    else if (!first_wrong)
      first_wrong = Range{at, at + object.length};
    at += object.length;
  }
  return first_wrong.value_or(Range{at, at});
}

// The part of the frame that the first wrong object was decoded from.
FrameSalvager::Range FrameSalvager::where_damaged(const FrameHeader& header, ByteView frame,
                                                  Range first_wrong) {
  if (!header.compressed)
    return {header.header_length + first_wrong.begin, header.header_length + first_wrong.end};
  const std::vector<std::size_t> blocks =
      zstd_blocks(frame.subspan(header.header_length, header.stored_length));
  const std::size_t last = blocks.size() - 2;
  const std::size_t begin = std::min(first_wrong.begin / kZstdBlock, last);
  const std::size_t end = std::min(first_wrong.end / kZstdBlock, last) + 1;
  return {header.header_length + blocks[begin], header.header_length + blocks[end]};
}

std::optional<SalvagedFrame> FrameSalvager::salvage(ByteView bytes) {
  Bytes frame(bytes.begin(), bytes.end());
  auto header = repair_header(frame);
  if (!header) return std::nullopt;
  const bool cut = frame.size() < header->total_length();
  frame.resize(header->total_length());
  SalvagedFrame salvaged;
  salvaged.header = std::move(*header);
  const FrameHeader& known = salvaged.header;
  const Range first_wrong = take_right_objects(known, frame, salvaged);
  salvaged.repaired = salvaged.objects.size() == known.objects.size();
  if (salvaged.repaired || cut) return salvaged;
  if (repair_payload(known, frame, where_damaged(known, frame, first_wrong))) {
    (void)take_right_objects(known, frame, salvaged);
    salvaged.repaired = salvaged.objects.size() == known.objects.size();
  }
  return salvaged;
}

}  // namespace vcs::pack
