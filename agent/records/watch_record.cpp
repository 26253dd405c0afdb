// SPDX-License-Identifier: Apache-2.0
// Reads and writes the file; each write replaces it as a whole.
#include "agent/records/watch_record.hpp"

#include "core/object/checksum.hpp"

namespace vcs::agent::records {
namespace {

constexpr std::string_view kMagic = "VCSWATCH";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChecksumSize = 8;
constexpr std::uint64_t kLargestFile = 4096;

Failure damaged() {
  return fail(ErrorCode::corrupt, "the record of when it was watched is damaged");
}

}  // namespace

void WatchRecord::add(const UnwatchedTime& gap) {
  gaps.push_back(gap);
  if (gaps.size() > kMostGaps) gaps.erase(gaps.begin());
}

Bytes encode_watch_record(const WatchRecord& record) {
  Bytes out;
  base::ByteWriter writer(out);
  writer.text(kMagic);
  writer.u32(kVersion);
  writer.i64(base::count_of(record.until));
  writer.u32(static_cast<std::uint32_t>(record.gaps.size()));
  for (const UnwatchedTime& gap : record.gaps) {
    writer.i64(base::count_of(gap.from));
    writer.i64(base::count_of(gap.to));
  }
  writer.u64(object::checksum64(out));
  return out;
}

Result<WatchRecord> decode_watch_record(ByteView bytes) {
  if (bytes.size() < kMagic.size() + 4 + kChecksumSize) return damaged();
  const ByteView body = bytes.first(bytes.size() - kChecksumSize);
  base::ByteReader checksum(bytes.subspan(body.size()));
  base::ByteReader reader(body);
  if (reader.text(kMagic.size()) != kMagic || checksum.u64() != object::checksum64(body))
    return damaged();
  if (const std::uint32_t version = reader.u32(); version != kVersion)
    return fail(ErrorCode::unsupported, "the record of when it was watched has version {}, not {}",
                version, kVersion);
  WatchRecord record;
  record.until = base::unix_nanos(reader.i64());
  const std::uint32_t count = reader.u32();
  if (count > WatchRecord::kMostGaps) return damaged();
  for (std::uint32_t i = 0; i < count; ++i) {
    UnwatchedTime gap;
    gap.from = base::unix_nanos(reader.i64());
    gap.to = base::unix_nanos(reader.i64());
    if (gap.to < gap.from) return damaged();
    record.gaps.push_back(gap);
  }
  if (!reader.finished()) return damaged();
  return record;
}

Result<WatchRecord> read_watch_record(base::Directory& repository) {
  const auto bytes = base::read_file(repository, kWatchedName, kLargestFile);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return WatchRecord{};
  if (!bytes && bytes.error().code == ErrorCode::invalid) return damaged();  // too large
  if (!bytes) return tl::unexpected(bytes.error());
  return decode_watch_record(*bytes);
}

Result<void> write_watch_record(base::Directory& repository, const WatchRecord& record) {
  return base::replace_file(repository, kWatchedName, encode_watch_record(record));
}

}  // namespace vcs::agent::records
