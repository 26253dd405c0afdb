// SPDX-License-Identifier: Apache-2.0
// Encodes and reads an index: header, fan-out, records, torn ranges. docs/format/pack_index.md
#include "core/pack/pack_index.hpp"

#include <algorithm>
#include <array>

#include "core/object/checksum.hpp"
#include "core/pack/pack_file.hpp"

namespace vcs::pack {
namespace {

using base::ByteReader;
using base::ByteWriter;
using object::ObjectId;

constexpr char kMagic[] = "VCSINDX1";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kStateAt = 44;
constexpr std::uint32_t kStateLevel = 0xff, kStateMerged = 0x100;
constexpr std::size_t kFanOutAt = 56, kFanOutSize = 256 * 4;
constexpr std::size_t kHeaderChecksumAt = kFanOutAt + kFanOutSize;
constexpr std::size_t kRecordsAt = kHeaderChecksumAt + 8;
constexpr std::size_t kRecordSize = ObjectId::kSize + 12;
constexpr std::size_t kTornSize = 8;

std::uint32_t load_u32(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
         static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

// The first eight bytes of an id as a number that sorts like the id.
std::uint64_t first_eight(const ObjectId& id) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | id.bytes[i];
  return value;
}

// The sort key of a record, and its position in the table.
struct Key {
  std::uint64_t prefix;
  std::uint32_t position;
};

// Sorts keys, because sorting the records themselves would need a copy of all of them.
std::vector<Key> keys_by_id(const std::vector<IndexRecord>& records) {
  std::vector<Key> keys(records.size());
  for (std::uint32_t i = 0; i < keys.size(); ++i) keys[i] = {first_eight(records[i].id), i};
  std::sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return records[a.position].id < records[b.position].id;
  });
  return keys;
}

void write_body(Bytes& out, const PackContents& contents) {
  ByteWriter writer(out);
  const std::vector<IndexRecord>& records = contents.table.records();
  for (const Key& key : keys_by_id(records)) {
    const IndexRecord& record = records[key.position];
    writer.bytes(record.id.view());
    writer.u32(record.frame_offset);
    writer.u32(record.object_offset);
    writer.u32(record.length_and_kind);
  }
  for (const TornRange& range : contents.torn) {
    writer.u32(range.offset);
    writer.u32(range.length);
  }
  for (const ObjectId& id : contents.commit_points) writer.bytes(id.view());
}

int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<IdPrefix> IdPrefix::parse(std::string_view hex) {
  if (hex.size() > ObjectId::kSize * 2) return std::nullopt;
  IdPrefix prefix;
  for (const char digit : hex) {
    const int value = digit_value(digit);
    if (value < 0) return std::nullopt;
    const int shift = prefix.digits_ % 2 == 0 ? 4 : 0;
    std::uint8_t& byte = prefix.least_.bytes[prefix.digits_++ / 2];
    byte = static_cast<std::uint8_t>(byte | value << shift);
  }
  return prefix;
}

bool IdPrefix::matches(const ObjectId& id) const {
  const std::size_t whole = digits_ / 2;
  if (!std::equal(id.bytes.begin(), id.bytes.begin() + whole, least_.bytes.begin())) return false;
  return digits_ % 2 == 0 || (id.bytes[whole] & 0xf0) == least_.bytes[whole];
}

Bytes encode_pack_index(std::uint32_t pack, std::uint64_t pack_length,
                        const PackContents& contents) {
  const std::vector<IndexRecord>& records = contents.table.records();
  // A pack may have a quarter of a million objects. So the body is not copied: it is written behind
  // room for its header.
  Bytes out;
  out.reserve(kRecordsAt + records.size() * kRecordSize + contents.torn.size() * kTornSize +
              contents.commit_points.size() * ObjectId::kSize);
  out.resize(kRecordsAt);
  write_body(out, contents);

  Bytes header;
  ByteWriter writer(header);
  writer.text(kMagic);
  writer.u32(kVersion);
  writer.u32(pack);
  writer.u64(pack_length);
  writer.u64(contents.table.raw_bytes());
  writer.u32(static_cast<std::uint32_t>(records.size()));
  writer.u32(static_cast<std::uint32_t>(contents.torn.size()));
  writer.u32(static_cast<std::uint32_t>(contents.commit_points.size()));
  writer.u32(contents.level | (contents.merged ? kStateMerged : 0));
  writer.u64(object::checksum64(ByteView(out).subspan(kRecordsAt)));
  std::array<std::uint32_t, 256> in_bucket{};
  for (const IndexRecord& record : records) ++in_bucket[record.id.bytes[0]];
  std::uint32_t sum = 0;
  for (const std::uint32_t count : in_bucket) writer.u32(sum += count);
  writer.u64(object::checksum64(header));
  std::copy(header.begin(), header.end(), out.begin());
  return out;
}

Bytes PackIndex::with_level(std::uint8_t level) const {
  Bytes out(bytes_.begin(), bytes_.end());
  out[kStateAt] = level;
  Bytes checksum;
  ByteWriter(checksum).u64(object::checksum64(ByteView(out).first(kHeaderChecksumAt)));
  std::copy(checksum.begin(), checksum.end(), out.begin() + kHeaderChecksumAt);
  return out;
}

Result<PackIndex> PackIndex::parse(ByteView bytes) {
  if (bytes.size() < kRecordsAt) return fail(ErrorCode::corrupt, "the index is too short");
  ByteReader reader(bytes);
  if (reader.text(sizeof kMagic - 1) != std::string_view(kMagic))
    return fail(ErrorCode::corrupt, "this is not a pack index");
  const std::uint32_t version = reader.u32();
  ByteReader checksum(bytes.subspan(kHeaderChecksumAt, 8));
  if (object::checksum64(bytes.first(kHeaderChecksumAt)) != checksum.u64())
    return fail(ErrorCode::corrupt, "the checksum of the index header is wrong");
  if (version != kVersion)
    return fail(ErrorCode::unsupported, "an index of version {} needs a newer program", version);

  PackIndex index;
  index.bytes_ = bytes;
  index.pack_ = reader.u32();
  index.pack_length_ = reader.u64();
  index.raw_bytes_ = reader.u64();
  index.count_ = reader.u32();
  const std::uint64_t torn = reader.u32();
  const std::uint64_t commit_points = reader.u32();
  const std::uint32_t state = reader.u32();
  index.level_ = static_cast<std::uint8_t>(state & kStateLevel);
  index.merged_ = (state & kStateMerged) != 0;
  index.body_checksum_ = reader.u64();
  const std::uint64_t records_size = std::uint64_t{index.count_} * kRecordSize;
  if (bytes.size() !=
      kRecordsAt + records_size + torn * kTornSize + commit_points * ObjectId::kSize)
    return fail(ErrorCode::corrupt, "the index is shorter or longer than its header says");
  for (std::size_t i = 1; i < 256; ++i)
    if (index.fan_out(i) < index.fan_out(i - 1))
      return fail(ErrorCode::corrupt, "the fan-out table of the index is not sorted");
  if (index.fan_out(255) != index.count_)
    return fail(ErrorCode::corrupt, "the fan-out table of the index does not fit its records");
  index.records_ = bytes.subspan(kRecordsAt, static_cast<std::size_t>(records_size));
  ByteReader ranges(bytes.subspan(kRecordsAt + index.records_.size()));
  for (std::uint64_t i = 0; i < torn; ++i) {
    const std::uint32_t offset = ranges.u32();
    index.torn_.push_back({offset, ranges.u32()});
  }
  index.commit_points_ = ranges.bytes(ranges.remaining());
  return index;
}

std::vector<ObjectId> PackIndex::commit_points() const {
  std::vector<ObjectId> points;
  for (std::size_t at = 0; at < commit_points_.size(); at += ObjectId::kSize)
    points.push_back(ObjectId::from_bytes(commit_points_.subspan(at, ObjectId::kSize)));
  return points;
}

std::uint32_t PackIndex::fan_out(std::size_t first_byte) const {
  return load_u32(bytes_.data() + kFanOutAt + first_byte * 4);
}

ObjectId PackIndex::id_at(std::size_t position) const {
  return ObjectId::from_bytes(records_.subspan(position * kRecordSize, ObjectId::kSize));
}

IndexRecord PackIndex::record(std::size_t position) const {
  const std::uint8_t* at = records_.data() + position * kRecordSize + ObjectId::kSize;
  return {id_at(position), load_u32(at), load_u32(at + 4), load_u32(at + 8)};
}

// Ids are hashes, so the value of an id gives its approximate position. A search that starts there
// touches one or two pages of the mapping; a binary search touches one at every step.
std::size_t PackIndex::lower_bound(const ObjectId& id) const {
  const auto& key = id.bytes;
  const auto is_less = [&](std::size_t position) {
    return std::memcmp(records_.data() + position * kRecordSize, key.data(), ObjectId::kSize) < 0;
  };
  std::size_t low = key[0] == 0 ? 0 : fan_out(key[0] - 1u), high = fan_out(key[0]);
  if (low >= high) return low;
  const std::uint64_t fraction =
      std::uint64_t{key[1]} << 24 | key[2] << 16 | key[3] << 8 | std::uint64_t{key[4]};
  const std::size_t guess = low + static_cast<std::size_t>((high - low) * fraction >> 32);
  std::size_t step = 8;
  if (is_less(guess)) {
    low = guess + 1;
    for (; step < high - low && is_less(low + step); step *= 2) low += step + 1;
    if (step < high - low) high = low + step;
  } else {
    high = guess;
    for (; step < high - low && !is_less(high - step); step *= 2) high -= step;
    if (step < high - low) low = high - step + 1;
  }
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (is_less(middle))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

std::optional<IndexRecord> PackIndex::find(const ObjectId& id) const {
  const std::size_t position = lower_bound(id);
  if (position >= count_) return std::nullopt;
  const std::uint8_t* at = records_.data() + position * kRecordSize;
  if (std::memcmp(at, id.bytes.data(), ObjectId::kSize) != 0) return std::nullopt;
  return record(position);
}

void PackIndex::find_prefix(const IdPrefix& prefix, std::vector<IndexRecord>& out) const {
  for (std::size_t i = lower_bound(prefix.least()); i < count_; ++i) {
    const IndexRecord found = record(i);
    if (!prefix.matches(found.id)) return;
    out.push_back(found);
  }
}

bool PackIndex::is_whole() const {
  return object::checksum64(bytes_.subspan(kRecordsAt)) == body_checksum_;
}

std::vector<std::string> PackIndex::check() const {
  std::vector<std::string> defects;
  if (!is_whole())
    defects.push_back(
        fmt::format("The checksum of the records in {} is wrong.", index_name(pack_)));
  for (std::size_t i = 0; i < count_; ++i) {
    const std::uint8_t first_byte = id_at(i).bytes[0];
    const bool in_place =
        i < fan_out(first_byte) && (first_byte == 0 || i >= fan_out(first_byte - 1u));
    if (in_place && (i == 0 || id_at(i - 1) < id_at(i))) continue;
    defects.push_back(fmt::format("Record {} of {} is out of order.", i, index_name(pack_)));
    break;
  }
  return defects;
}

Result<MappedIndex> open_pack_index(base::Directory& directory, std::uint32_t pack) {
  const std::string name = index_name(pack);
  VCS_ASSIGN(auto file, directory.open_file(name, base::OpenMode::read));
  VCS_ASSIGN(const base::FileStat stat, file->stat());
  if (stat.size == 0) return fail(ErrorCode::corrupt, "{}: the file is empty", name);
  MappedIndex mapped;
  VCS_ASSIGN(mapped.mapping, file->map(stat.size));
  auto index = PackIndex::parse(mapped.mapping->bytes());
  if (!index) return Failure(std::move(index).error().with_context(name));
  mapped.index = std::move(*index);
  if (mapped.index.pack() != pack)
    return fail(ErrorCode::corrupt, "{}: the index belongs to pack {}", name, mapped.index.pack());
  return mapped;
}

}  // namespace vcs::pack
