// SPDX-License-Identifier: Apache-2.0
// The record of when a repository was watched. It is known after any end of the agent, so that a
// history can say where saves may be missing. docs/format/watched.md
#pragma once

#include <vector>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::agent::records {

inline constexpr const char* kWatchedName = "watched";  // in the repository's folder

// A gap: nobody watched, and files changed.
struct UnwatchedTime {
  base::UnixNanos from{}, to{};
  bool operator==(const UnwatchedTime&) const = default;
};

struct WatchRecord {
  static constexpr std::size_t kMostGaps = 16;

  base::UnixNanos until{};          // the last moment that is known to have been watched
  std::vector<UnwatchedTime> gaps;  // the oldest first
  bool operator==(const WatchRecord&) const = default;

  // Adds a gap; drops the oldest if there are too many.
  void add(const UnwatchedTime& gap);
};

Bytes encode_watch_record(const WatchRecord& record);
// `corrupt`, or `unsupported` if a newer program wrote it.
Result<WatchRecord> decode_watch_record(ByteView bytes);

// Reads the record in a repository's folder. Without a file it is empty.
Result<WatchRecord> read_watch_record(base::Directory& repository);
// Durable when it returns.
Result<void> write_watch_record(base::Directory& repository, const WatchRecord& record);

}  // namespace vcs::agent::records
