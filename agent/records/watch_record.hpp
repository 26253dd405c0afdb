// SPDX-License-Identifier: Apache-2.0
// When a repository was watched, as far as it is known after any end of the agent: so that a
// history can say where saves may be missing. docs/format/watched.md
#pragma once

#include <vector>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::agent::records {

inline constexpr const char* kWatchedName = "watched";  // in the repository's folder

// Nobody watched, and files changed.
struct UnwatchedTime {
  base::UnixNanos from{}, to{};
  bool operator==(const UnwatchedTime&) const = default;
};

struct WatchRecord {
  static constexpr std::size_t kMostGaps = 16;

  base::UnixNanos until{};          // the last moment that is known to have been watched
  std::vector<UnwatchedTime> gaps;  // the oldest first
  bool operator==(const WatchRecord&) const = default;

  // The oldest goes where there are too many.
  void add(const UnwatchedTime& gap);
};

Bytes encode_watch_record(const WatchRecord& record);
// `corrupt`, or `unsupported` if a newer program wrote it.
Result<WatchRecord> decode_watch_record(ByteView bytes);

// Of a repository's folder. Without a file, or time, it is an empty one.
Result<WatchRecord> read_watch_record(base::Directory& repository);
// Durable.
Result<void> write_watch_record(base::Directory& repository, const WatchRecord& record);

}  // namespace vcs::agent::records
