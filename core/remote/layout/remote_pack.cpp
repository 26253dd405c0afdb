// SPDX-License-Identifier: Apache-2.0
// Writes and reads packs with their index as a trailer, and index segments.
#include "core/remote/layout/remote_pack.hpp"

#include <algorithm>
#include <cassert>

#include "core/remote/layout/remote_envelope.hpp"

namespace vcs::remote::layout {

namespace {

using base::ByteReader;
using base::ByteWriter;

constexpr std::string_view kFooterMagic = "VCSP";
constexpr std::size_t kIdSize = std::tuple_size_v<RemoteObjectId>;

void write_index(const PackIndex& index, ByteWriter& writer) {
  writer.varint(index.frames.size());
  for (const PackFrame& frame : index.frames) {
    writer.u8(frame.kind);
    writer.varint(frame.length);
    writer.varint(frame.objects);
  }
  for (const RemoteObjectId& id : index.ids) writer.bytes(id);
}

// The index stores no offsets: the frames follow each other from the header on.
PackIndex read_index(ByteReader& reader) {
  PackIndex index;
  const std::uint64_t frames = reader.varint();
  std::uint64_t offset = kEnvelopeHeader, objects = 0;
  for (std::uint64_t i = 0; i < frames && !reader.failed(); ++i) {
    const std::uint8_t kind = reader.u8();
    const std::uint64_t length = reader.varint();
    const std::uint64_t count = reader.varint();
    const std::uint64_t room = reader.remaining() / kIdSize;
    const bool sane = kind != 0 && length != 0 && length <= UINT32_MAX && count != 0 &&
                      offset + length <= UINT32_MAX && count <= room && objects + count <= room;
    if (!sane) {
      reader.fail();
      break;
    }
    index.frames.push_back({kind, static_cast<std::uint32_t>(offset),
                            static_cast<std::uint32_t>(length), static_cast<std::uint32_t>(count)});
    offset += length;
    objects += count;
  }
  if (reader.failed()) return {};
  index.ids.resize(objects);
  for (RemoteObjectId& id : index.ids) {
    const ByteView bytes = reader.bytes(kIdSize);
    if (bytes.size() == kIdSize) std::copy(bytes.begin(), bytes.end(), id.begin());
  }
  return index;
}

Result<ByteView> trailer_of(ByteView tail) {
  if (tail.size() < kPackFooter) return fail(ErrorCode::corrupt, "this pack is cut off");
  VCS_ASSIGN(const std::size_t length, pack_trailer_length(tail.last(kPackFooter)));
  if (length > tail.size())
    return fail(ErrorCode::corrupt, "the index of this pack is longer than the pack");
  return tail.last(length).first(length - kPackFooter);
}

}  // namespace

Bytes encode_pack_index(const PackIndex& index) {
  Bytes out;
  out.reserve(kEnvelopeOverhead + 10 + index.frames.size() * 12 + index.ids.size() * kIdSize);
  begin_envelope(EnvelopeType::pack_index, out);
  ByteWriter writer(out);
  write_index(index, writer);
  end_envelope(out);
  return out;
}

Result<PackIndex> decode_pack_index(ByteView bytes) {
  VCS_ASSIGN(const ByteView body, open_envelope(EnvelopeType::pack_index, bytes));
  ByteReader reader(body);
  PackIndex index = read_index(reader);
  if (!reader.finished())
    return fail(ErrorCode::corrupt, "the index of this pack does not make sense");
  return index;
}

PackBuilder::PackBuilder(std::size_t largest) : largest_(largest) {
  begin_envelope(EnvelopeType::pack, bytes_);
}

void PackBuilder::add(std::uint8_t kind, std::span<const RemoteObjectId> ids, ByteView frame) {
  assert(kind != 0 && !ids.empty() && !frame.empty());
  assert(bytes_.size() + frame.size() <= UINT32_MAX);
  index_.frames.push_back({kind, static_cast<std::uint32_t>(bytes_.size()),
                           static_cast<std::uint32_t>(frame.size()),
                           static_cast<std::uint32_t>(ids.size())});
  index_.ids.insert(index_.ids.end(), ids.begin(), ids.end());
  const std::size_t needed = bytes_.size() + frame.size();
  if (needed > largest_ / 16 && needed < largest_) bytes_.reserve(largest_ + largest_ / 16);
  bytes_.insert(bytes_.end(), frame.begin(), frame.end());
}

Bytes PackBuilder::finish(PackIndex& index) {
  const Bytes trailer = encode_pack_index(index_);
  bytes_.reserve(bytes_.size() + trailer.size() + kPackFooter);
  ByteWriter writer(bytes_);
  writer.bytes(trailer);
  writer.u32(static_cast<std::uint32_t>(trailer.size()));
  writer.text(kFooterMagic);
  index = std::exchange(index_, {});
  Bytes pack = std::exchange(bytes_, {});
  begin_envelope(EnvelopeType::pack, bytes_);
  return pack;
}

Result<std::size_t> pack_trailer_length(ByteView footer) {
  ByteReader reader(footer);
  const std::uint32_t length = reader.u32();
  if (reader.text(kFooterMagic.size()) != kFooterMagic || !reader.finished() ||
      length < kEnvelopeOverhead)
    return fail(ErrorCode::corrupt, "the end of this pack is damaged or missing");
  return std::size_t{length} + kPackFooter;
}

Result<PackIndex> read_pack_trailer(ByteView tail, std::uint64_t pack_size) {
  VCS_ASSIGN(const ByteView trailer, trailer_of(tail));
  VCS_ASSIGN(PackIndex index, decode_pack_index(trailer));
  const std::uint64_t end = index.frames.empty()
                                ? kEnvelopeHeader
                                : index.frames.back().offset + index.frames.back().length;
  if (end + trailer.size() + kPackFooter != pack_size)
    return fail(ErrorCode::corrupt, "the index of this pack does not fit its length");
  return index;
}

Bytes encode_segment(std::span<const SegmentPack> packs) {
  Bytes out;
  begin_envelope(EnvelopeType::segment, out);
  ByteWriter writer(out);
  writer.varint(packs.size());
  for (const SegmentPack& pack : packs) {
    assert(is_valid_pack_id(pack.id));
    Bytes id;
    base::from_hex(pack.id, id);
    writer.bytes(id);
    writer.varint(pack.size);
    write_index(pack.index, writer);
  }
  end_envelope(out);
  return out;
}

Result<std::vector<SegmentPack>> decode_segment(ByteView bytes) {
  VCS_ASSIGN(const ByteView body, open_envelope(EnvelopeType::segment, bytes));
  ByteReader reader(body);
  std::vector<SegmentPack> packs;
  const std::uint64_t count = reader.varint();
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    SegmentPack pack;
    pack.id = base::to_hex(reader.bytes(16));
    pack.size = reader.varint();
    pack.index = read_index(reader);
    packs.push_back(std::move(pack));
  }
  if (!reader.finished()) return fail(ErrorCode::corrupt, "this index segment does not make sense");
  return packs;
}

}  // namespace vcs::remote::layout
