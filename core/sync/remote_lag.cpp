// SPDX-License-Identifier: Apache-2.0
// Counts commits along the parents.
#include "core/sync/remote_lag.hpp"

namespace vcs::sync {

Result<RemoteLag> measure_lag(store::ObjectStore& store,
                              const std::optional<object::ObjectId>& head,
                              const std::optional<object::ObjectId>& remote_head,
                              std::size_t limit) {
  RemoteLag lag;
  if (!head) return lag;
  const auto is_known = [&](const object::ObjectId& id) { return remote_head == id; };
  VCS_ASSIGN(const CommitChain chain, read_chain(store, *head, is_known, limit));
  lag.behind_commits = chain.commits.size();
  lag.at_least = chain.cut;
  if (!chain.commits.empty()) lag.oldest_unsynced = chain.commits.back().time;
  return lag;
}

}  // namespace vcs::sync
