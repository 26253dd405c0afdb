// SPDX-License-Identifier: Apache-2.0
// Encodes and decodes runs.
#include "core/index/entry_run.hpp"

#include <bit>
#include <cassert>
#include <cstring>
#include <limits>

#include "core/object/path_rank.hpp"

namespace vcs::index {
namespace {

// The head byte of an entry; 0 is a removal.
constexpr std::uint8_t kTypeMask = 0x03;
constexpr unsigned kContentShift = 2;
constexpr std::uint8_t kContentMask = 0x03;
constexpr std::uint8_t kRecheck = 0x10;
constexpr std::uint8_t kHasId = 0x20;
constexpr std::uint8_t kKnownBits = 0x3f;

// The difference of two times, modulo 2^64. It is large only for files from archives.
std::int64_t distance(base::UnixNanos from, base::UnixNanos to) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(base::count_of(to)) -
                                   static_cast<std::uint64_t>(base::count_of(from)));
}
base::UnixNanos moved(base::UnixNanos from, std::uint64_t zigzag) {
  const std::uint64_t by = (zigzag >> 1) ^ (~(zigzag & 1) + 1);
  const std::uint64_t sum = static_cast<std::uint64_t>(base::count_of(from)) + by;
  return base::unix_nanos(static_cast<std::int64_t>(sum));
}

// Faster than base::ByteReader, because it runs for each file of each scan.
inline bool read_varint(const std::uint8_t*& position, const std::uint8_t* end,
                        std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && position != end; shift += 7) {
    const std::uint64_t byte = *position++;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (shift < 63 || byte <= 1) && (byte != 0 || shift == 0);
  }
  return false;
}

inline std::uint64_t load_u64(const std::uint8_t* from) {
  std::uint64_t value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, from, sizeof value);
  } else {
    for (unsigned i = 0; i < 8; ++i) value |= static_cast<std::uint64_t>(from[i]) << (8 * i);
  }
  return value;
}

}  // namespace

void RunWriter::add(std::string_view path, const IndexEntry* entry) {
  assert(previous_.empty() || object::compare_paths(previous_, path) < 0);
  base::ByteWriter writer(out_);
  const std::size_t shared = object::common_prefix(previous_, path);
  writer.varint(shared);
  writer.sized_text(path.substr(shared));
  previous_.resize(shared);
  previous_.append(path.substr(shared));
  if (!entry) return writer.u8(0);

  const bool has_id = !entry->content.id.is_zero();
  const auto head = static_cast<unsigned>(entry->type) |
                    static_cast<unsigned>(entry->content.kind) << kContentShift |
                    (entry->recheck ? unsigned{kRecheck} : 0u) | (has_id ? unsigned{kHasId} : 0u);
  writer.u8(static_cast<std::uint8_t>(head));
  writer.varint(entry->mode);
  writer.varint(entry->size);
  writer.varint(entry->inode);
  writer.i64(base::count_of(entry->mtime));
  writer.signed_varint(distance(entry->mtime, entry->ctime));
  if (has_id) writer.bytes(entry->content.id.view());
}

void RunReader::restart(ByteView run) {
  position_ = run.data();
  end_ = run.data() + run.size();
  failed_ = false;
  removed_ = false;
  path_.clear();
}

bool RunReader::next() {
  if (position_ == end_) return false;
  if (read_path() && position_ != end_) {
    const std::uint8_t head = *position_++;
    removed_ = head == 0;
    if (removed_ || read_entry(head)) return true;
  }
  failed_ = true;
  position_ = end_;
  return false;
}

bool RunReader::read_path() {
  std::uint64_t shared = 0, rest = 0;
  if (!read_varint(position_, end_, shared) || shared > path_.size()) return false;
  if (!read_varint(position_, end_, rest)) return false;
  if (rest > static_cast<std::uint64_t>(end_ - position_)) return false;
  path_.resize(static_cast<std::size_t>(shared));
  path_.append(reinterpret_cast<const char*>(position_), static_cast<std::size_t>(rest));
  position_ += rest;
  return true;
}

bool RunReader::read_entry(std::uint8_t head) {
  const unsigned type = head & kTypeMask;
  const unsigned kind = (head >> kContentShift) & kContentMask;
  if ((head & ~kKnownBits) != 0 || type == 0 || kind > 2) return false;
  entry_.type = static_cast<object::EntryType>(type);
  entry_.content.kind = static_cast<object::ContentKind>(kind);
  entry_.recheck = (head & kRecheck) != 0;

  std::uint64_t mode = 0, zigzag = 0;
  if (!read_varint(position_, end_, mode) || mode > std::numeric_limits<std::uint32_t>::max())
    return false;
  entry_.mode = static_cast<std::uint32_t>(mode);
  if (!read_varint(position_, end_, entry_.size)) return false;
  if (!read_varint(position_, end_, entry_.inode)) return false;
  if (end_ - position_ < 8) return false;
  entry_.mtime = base::unix_nanos(static_cast<std::int64_t>(load_u64(position_)));
  position_ += 8;
  if (!read_varint(position_, end_, zigzag)) return false;
  entry_.ctime = moved(entry_.mtime, zigzag);

  if ((head & kHasId) == 0) {
    entry_.content.id = {};
    return true;
  }
  constexpr std::ptrdiff_t kIdSize = object::ObjectId::kSize;
  if (end_ - position_ < kIdSize) return false;
  std::memcpy(entry_.content.id.bytes.data(), position_, object::ObjectId::kSize);
  position_ += kIdSize;
  return true;
}

}  // namespace vcs::index
