// SPDX-License-Identifier: Apache-2.0
// What a person says of a filesystem that was mounted in the folder.
#include "agent/repository/watched_repository.hpp"

namespace vcs::agent::repository {

using base::ErrorCode;
using base::Result;

void WatchedRepository::dismiss_mount(const std::string& path, Done done) {
  const auto found = mounts_.find(path);
  if (found == mounts_.end())
    return done(base::fail(ErrorCode::not_found,
                           "nothing that was mounted at {} is known; what is: vcsctl mounts -r {}",
                           path, file_.name));
  const auto is_mounted = [path] {
    return base::fail(ErrorCode::invalid, "something is mounted at {} now; unmount it first", path);
  };
  if (!found->second.is_away() || found->second.here.device == 0) return done(is_mounted());
  dismissed_.push_back(path);
  scheduler_->look_at({path, true});
  scheduler_->run_now(
      object::CommitKind::automatic, "",
      [this, self = shared_from_this(), path, is_mounted, done](const auto& outcome) {
        if (!outcome) return done(base::Failure(outcome.error()));
        mounts_.contains(path) ? done(is_mounted()) : done({});
      });
}

}  // namespace vcs::agent::repository
