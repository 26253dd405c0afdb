// SPDX-License-Identifier: Apache-2.0
// Counts how far a remote is behind, for `status`. Reads the commits behind, at most `limit`.
#pragma once

#include <optional>

#include "core/sync/history_walk.hpp"

namespace vcs::sync {

struct RemoteLag {
  std::uint64_t behind_commits = 0;
  bool at_least = false;  // there are more: counting stopped at the limit
  // Time of the oldest counted commit that the remote lacks; nothing if it is up to date.
  std::optional<base::UnixNanos> oldest_unsynced;
};

// `head`: the newest commit here, `remote_head`: the newest that the remote is known to have.
Result<RemoteLag> measure_lag(store::ObjectStore& store,
                              const std::optional<object::ObjectId>& head,
                              const std::optional<object::ObjectId>& remote_head,
                              std::size_t limit = 10'000);

}  // namespace vcs::sync
