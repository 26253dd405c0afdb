// SPDX-License-Identifier: Apache-2.0
// The file is one line of text: docs/format/repository_file.md.
#include "agent/records/damage_record.hpp"

#include <fmt/format.h>

#include <cinttypes>
#include <cstdio>
#include <ctime>

namespace vcs::agent::records {
namespace {

constexpr std::uint64_t kLargestFile = 4096;

}  // namespace

DamageRecord DamageRecord::after(const Verified& verified, base::UnixNanos now) const {
  if (verified.errors == 0) return read_data && !verified.read_data ? *this : DamageRecord{};
  if (verified.given_up) return {now, 0, verified.errors, verified.read_data};
  if (verified.errors <= given_up) return {found, 0, given_up, read_data};
  // A quick verification may miss errors that a whole one has found.
  if (read_data && !verified.read_data && verified.errors <= errors) return *this;
  return {now, verified.errors, given_up, verified.read_data};
}

std::string DamageRecord::text() const {
  if (errors == 0) return {};
  const auto seconds = static_cast<std::time_t>(found.time_since_epoch() / std::chrono::seconds(1));
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format(
      "the history is damaged: {} error{}, found {:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", errors,
      errors == 1 ? "" : "s", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
      parts.tm_min, parts.tm_sec);
}

Result<DamageRecord> read_damage_record(base::Directory& repository) {
  const auto bytes = base::read_file(repository, kDamageName, kLargestFile);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return DamageRecord{};
  if (!bytes) return tl::unexpected(bytes.error());
  const std::string line(base::as_text(*bytes));
  DamageRecord record;
  std::int64_t found = 0;
  int read_data = 0, end = 0;
  const int fields = std::sscanf(line.c_str(), "damage 1 %" SCNd64 " %" SCNu64 " %" SCNu64 " %d%n",
                                 &found, &record.errors, &record.given_up, &read_data, &end);
  if (fields != 4 || line.substr(static_cast<std::size_t>(end)) != "\n")
    return fail(ErrorCode::corrupt, "it is damaged, or of a newer program");
  record.found = base::unix_nanos(found);
  record.read_data = read_data != 0;
  return record;
}

Result<void> write_damage_record(base::Directory& repository, const DamageRecord& record) {
  const std::string line = fmt::format("damage 1 {} {} {} {}\n", base::count_of(record.found),
                                       record.errors, record.given_up, record.read_data ? 1 : 0);
  return base::replace_file(repository, kDamageName, base::as_bytes(line));
}

}  // namespace vcs::agent::records
