// SPDX-License-Identifier: Apache-2.0
// Finds files that may have been written without an event: files that a process holds open or
// mapped, and files with another hard link. At each sync point, and once in a while.
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
  struct Seen {
    // For a snapshot.
    std::vector<worktree::Mark> marks;
    // Names of files that have no other link any more.
    std::vector<std::string> single;
    std::string next;  // the name with which the next pass begins
  };
  // For a background thread; may be called once, and may outlive this object.
  using Look = std::function<Seen()>;

  // `found` gets the marks of look_every().
  SilentWrites(const RepositoryContext& context,
               std::function<void(std::vector<worktree::Mark>)> found)
      : context_(context), found_(std::move(found)) {}

  // Returns the work that examines all held files and the next few thousand files with several
  // names; its result goes to saw(). Null: not supported.
  Look look() const;
  void saw(Seen seen);

  // Examines files by itself, each `pause`; 0: never.
  void look_every(base::Nanos pause);
  void stop() { timer_.stop(); }

  // Remembers files with several names that a snapshot met.
  void remember(const snapshot::SnapshotOutcome& outcome);
  void forget_all() { linked_ = nullptr; }

 private:
  using LinkedNames = std::map<std::string, base::UnixNanos>;
  Look look(base::SteadyNanos since, std::size_t most) const;

  const RepositoryContext& context_;
  const std::function<void(std::vector<worktree::Mark>)> found_;
  // Files with several names, by path, with their ctime. While a background thread may read the
  // map, it is copied before it changes.
  std::shared_ptr<LinkedNames> linked_;
  std::string next_linked_;  // the name with which the next pass begins
  loop::Timer timer_{context_.agent.loop};
};

}  // namespace vcs::agent::repository
