// SPDX-License-Identifier: Apache-2.0
// Looks at files that may have been written without an event: those that somebody holds open or
// mapped, and those that have a name elsewhere. At each sync point, and once in a while.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/timer.hpp"
#include "agent/repository/repository_context.hpp"
#include "core/snapshot/snapshotter.hpp"

namespace vcs::agent::repository {

// Loop thread only.
class SilentWrites {
 public:
  // What has to be looked at, and what has no other names any more.
  struct Seen {
    std::vector<worktree::Mark> marks;
    std::vector<std::string> single;
    std::string next;  // name
  };
  // For a thread of the background; may be called once, and may outlive all.
  using Look = std::function<Seen()>;

  // What was seen by itself goes to `found`.
  SilentWrites(const RepositoryContext& context,
               std::function<void(std::vector<worktree::Mark>)> found)
      : context_(context), found_(std::move(found)) {}

  // Of all that is held, and of the next few thousand files with several names. Null: nobody looks.
  // What it has seen is for saw().
  Look look() const;
  void saw(Seen seen);

  // Looks by itself, each `pause`; 0: never.
  void look_every(base::Nanos pause);
  void stop() { timer_.stop(); }

  // Files with several names, as a snapshot met them.
  void remember(const snapshot::SnapshotOutcome& outcome);
  void forget_all() { linked_ = nullptr; }

 private:
  using LinkedNames = std::map<std::string, base::UnixNanos>;
  Look look(base::SteadyNanos since, std::size_t most) const;

  const RepositoryContext& context_;
  const std::function<void(std::vector<worktree::Mark>)> found_;
  // Files with several names, by path, with their ctime. One thread of the background may be
  // reading it: then it is copied before it changes.
  std::shared_ptr<LinkedNames> linked_;
  std::string next_linked_;  // where the next look at them begins
  loop::Timer timer_{context_.agent.loop};
};

}  // namespace vcs::agent::repository
