// SPDX-License-Identifier: Apache-2.0
// Reads and writes the file of the mark.
#include "core/history/owed.hpp"

#include <algorithm>

#include "core/object/checksum.hpp"

namespace vcs::history {
namespace {

constexpr std::string_view kMagic = "VCSOWING";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChecksumSize = 8;
constexpr std::uint64_t kLargestFile = 4096;
constexpr std::size_t kMostTold = 100;

}  // namespace

Bytes encode_owed(const Owed& owed) {
  Bytes out;
  base::ByteWriter writer(out);
  writer.text(kMagic);
  writer.u32(kVersion);
  writer.bytes(owed.commit.bytes);
  writer.i64(base::count_of(owed.since));
  writer.u64(object::checksum64(out));
  return out;
}

Result<Owed> decode_owed(ByteView bytes) {
  const auto damaged = [] {
    return fail(ErrorCode::corrupt, "the record of owed files is damaged");
  };
  if (bytes.size() < kMagic.size() + 4 + kChecksumSize) return damaged();
  const ByteView body = bytes.first(bytes.size() - kChecksumSize);
  base::ByteReader checksum(bytes.subspan(body.size()));
  base::ByteReader reader(body);
  if (reader.text(kMagic.size()) != kMagic || checksum.u64() != object::checksum64(body))
    return damaged();
  if (const std::uint32_t version = reader.u32(); version != kVersion)
    return fail(ErrorCode::unsupported, "the record of owed files has version {}, not {}", version,
                kVersion);
  Owed owed;
  const ByteView commit = reader.bytes(owed.commit.bytes.size());
  owed.since = base::unix_nanos(reader.i64());
  if (!reader.finished()) return damaged();
  std::copy(commit.begin(), commit.end(), owed.commit.bytes.begin());
  return owed;
}

Result<std::optional<Owed>> read_owed(base::Directory& repository, const base::Log& log) {
  const auto bytes = base::read_file(repository, kOwedName, kLargestFile);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return std::nullopt;
  auto owed = bytes ? decode_owed(*bytes) : Result<Owed>(Failure(bytes.error()));
  if (owed) return std::optional<Owed>(*owed);
  const ErrorCode code = owed.error().code;
  if (code != ErrorCode::corrupt && code != ErrorCode::unsupported && code != ErrorCode::invalid)
    return Failure(std::move(owed).error());
  log.error(
      "{} in the repository's folder: {}; files that were never in the watched folder do not count "
      "as deleted until vcsctl owed --write or --give-up",
      kOwedName, owed.error().message);
  return std::optional<Owed>(Owed{});
}

Result<void> write_owed(base::Directory& repository, const std::optional<Owed>& owed) {
  if (owed) return base::replace_file(repository, kOwedName, encode_owed(*owed));
  auto removed = repository.remove_file(kOwedName);
  if (!removed && removed.error().code != ErrorCode::not_found) return removed;
  return repository.sync();
}

std::optional<Owed> OwedMark::get() const {
  const auto owed = owed_.lock();
  return *owed;
}

Result<void> OwedMark::set(const std::optional<Owed>& owed) {
  const base::Lock one_at_a_time(writing_);
  if (get() == owed) return {};
  VCS_TRY(write_owed(repository_, owed));
  const auto kept = owed_.lock();
  *kept = owed;
  return {};
}

// The index has the inode of every file that a scan has seen.
bool never_seen(const index::IndexEntry& entry) {
  return entry.recheck && entry.inode == 0;
}

void OwedEntries::add(const std::string& path) {
  ++count;
  if (first.size() < kMostTold) first.push_back(path);
}

}  // namespace vcs::history
