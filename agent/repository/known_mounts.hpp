// SPDX-License-Identifier: Apache-2.0
// Other filesystems in a worktree: as the last look saw them, which of them are awaited, and which
// a person says do not come back.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/repository/repository_context.hpp"
#include "agent/schedule/snapshot_scheduler.hpp"
#include "core/index/mounts.hpp"

namespace vcs::agent::repository {

// Loop thread only.
class KnownMounts {
 public:
  using Done = std::function<void(Result<void>)>;

  explicit KnownMounts(const RepositoryContext& context, index::Mounts mounts)
      : context_(context), mounts_(std::move(mounts)) {}

  const index::Mounts& all() const { return mounts_; }
  void saw(index::Mounts mounts) { mounts_ = std::move(mounts); }
  // Below these folders nothing is recorded as deleted, since the last snapshot.
  const std::vector<std::string>& unmounted() const { return unmounted_; }
  void tell_unmounted(const std::vector<std::string>& now);

  // What was mounted at `path` does not come back: what it held counts as deleted, by a snapshot
  // that is taken now. not_found: no such place is known; invalid: something is mounted there.
  void dismiss(const std::string& path, schedule::SnapshotScheduler& snapshots, Done done);
  // Those that the snapshot which starts now has to forget.
  std::vector<std::string> take_dismissed() { return std::exchange(dismissed_, {}); }

 private:
  const RepositoryContext& context_;
  index::Mounts mounts_;
  std::vector<std::string> unmounted_, dismissed_;
};

}  // namespace vcs::agent::repository
