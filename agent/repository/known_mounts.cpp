// SPDX-License-Identifier: Apache-2.0
// Reports each unmount and each return once; the next snapshot forgets dismissed mounts.
#include "agent/repository/known_mounts.hpp"

#include <algorithm>
#include <cassert>

namespace vcs::agent::repository {

void KnownMounts::tell_unmounted(const std::vector<std::string>& now) {
  assert(context_.agent.loop.here());
  const auto is_in = [](const std::vector<std::string>& all, const std::string& path) {
    return std::find(all.begin(), all.end(), path) != all.end();
  };
  for (const std::string& path : now)
    if (!is_in(unmounted_, path))
      context_.warn(
          "problem",
          fmt::format("{} is not mounted any more; nothing is recorded as deleted below it", path));
  for (const std::string& path : unmounted_) {
    if (is_in(now, path)) continue;
    context_.agent.log.info("{}: {} is mounted again, or was removed", context_.file.name, path);
    context_.agent.announce(context_.file.name, "state", path + " is mounted again, or was removed",
                            "");
  }
  unmounted_ = now;
}

void KnownMounts::dismiss(const std::string& path, schedule::SnapshotScheduler& snapshots,
                          Done done) {
  const auto found = mounts_.find(path);
  if (found == mounts_.end())
    return done(fail(ErrorCode::not_found,
                     "no mount at {} is known; for the known ones see: vcsctl mounts -r {}", path,
                     context_.file.name));
  const auto is_mounted = [path] {
    return fail(ErrorCode::invalid, "something is mounted at {} now; unmount it first", path);
  };
  if (!found->second.is_away() || found->second.here.device == 0) return done(is_mounted());
  dismissed_.push_back(path);
  snapshots.look_at({path, true});
  snapshots.run_now(object::CommitKind::automatic, "",
                    [this, path, is_mounted, done = std::move(done)](const auto& outcome) {
                      if (!outcome) return done(Failure(outcome.error()));
                      mounts_.contains(path) ? done(is_mounted()) : done({});
                    });
}

}  // namespace vcs::agent::repository
