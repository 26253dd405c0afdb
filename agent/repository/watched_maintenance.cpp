// SPDX-License-Identifier: Apache-2.0
// Idle work of a watched repository: what counts as idle, and what becomes of it.
#include <algorithm>

#include "agent/repository/watched_repository.hpp"
#include "agent/repository/watched_summary.hpp"

namespace vcs::agent::repository {

void WatchedRepository::start_maintenance() {
  // Called by it alone, and it does not outlive this.
  schedule::Maintenance::Parts parts{
      context_.loop,
      context_.clock,
      context_.filesystem,
      context_.log,
      context_.hash_provider,
      std::shared_ptr<store::ObjectStore>(repository_, &repository_->store()),
      data_,
      [this] { return is_quiet(); },
      [this] {
        auto summary = std::make_shared<Summary>(*summary_);
        summary->store = repository_->store().stats();
        summary_ = std::move(summary);
        const store::CompactionTotals& totals = maintenance_->totals();
        context_.log.info("{}: packs were merged: {} bytes of them are {} now", file_.name,
                          totals.bytes_before, totals.bytes_after);
      }};
  maintenance_ = std::make_unique<schedule::Maintenance>(std::move(parts), settings_.core);
}

bool WatchedRepository::is_quiet() const {
  // While somebody may need all that was, as it was, nothing that is old is touched.
  if (file_.brake) return false;
  if (state_ != State::watching && state_ != State::suspended) return false;
  if (scheduler_->running() || scheduler_->pending() > 0) return false;
  const std::vector<ipc::RemoteStatus> remotes = sync_->status();
  return std::none_of(remotes.begin(), remotes.end(),
                      [](const ipc::RemoteStatus& remote) { return remote.state == "syncing"; });
}

}  // namespace vcs::agent::repository
