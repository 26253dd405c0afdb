// SPDX-License-Identifier: Apache-2.0
// Maps each proof to its waiter, who has a timer.
#include "agent/schedule/sync_point.hpp"

#include <cassert>
#include <utility>

namespace vcs::agent::schedule {

void SyncPoint::wait(watch::Watcher& watcher, Done done) {
  assert(loop_.here());
  const watch::ProofToken token = ++last_;
  Waiter& waiter = waiting_.try_emplace(token, loop_).first->second;
  waiter.done = std::move(done);
  waiter.timer.start(timeout_, [this, token] { finish(token, false); });
  watcher.ask_for_proof(token);
}

void SyncPoint::finish(watch::ProofToken token, bool proven) {
  assert(loop_.here());
  const auto found = waiting_.find(token);
  if (found == waiting_.end()) return;
  const Done done = std::move(found->second.done);
  waiting_.erase(found);
  done(proven);
}

}  // namespace vcs::agent::schedule
