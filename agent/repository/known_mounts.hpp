// SPDX-License-Identifier: Apache-2.0
// Knows the other filesystems in a worktree: those that the last scan saw, those that are awaited,
// and those that a person has dismissed.
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
  // Folders whose filesystem is awaited, as of the last snapshot: nothing below them is recorded as
  // deleted.
  const std::vector<std::string>& unmounted() const { return unmounted_; }
  // Takes the list of the last snapshot, and reports each path that is new in it or gone from it.
  void tell_unmounted(const std::vector<std::string>& now);

  // The filesystem at `path` does not come back: takes a snapshot now, which records its content as
  // deleted. not_found: no mount at `path` is known; invalid: something is mounted there.
  void dismiss(const std::string& path, schedule::SnapshotScheduler& snapshots, Done done);
  // The dismissed mounts that the snapshot which starts now has to forget.
  std::vector<std::string> take_dismissed() { return std::exchange(dismissed_, {}); }

 private:
  const RepositoryContext& context_;
  index::Mounts mounts_;
  std::vector<std::string> unmounted_, dismissed_;
};

}  // namespace vcs::agent::repository
