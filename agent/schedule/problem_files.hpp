// SPDX-License-Identifier: Apache-2.0
// Files that could not be saved, and when each is tried again by itself.
//
// What failed for lack of descriptors or memory is tried again within seconds, later and later
// while it keeps failing but never much later: it is complete soon after the lack ends. The others
// wait for what concerns them, and are tried now and then. A file stays in the list until a look at
// it has shown otherwise. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/loop/event_loop.hpp"
#include "agent/loop/timer.hpp"
#include "core/worktree/tree_scanner.hpp"

namespace vcs::agent::schedule {

class ProblemFiles {
 public:
  // Looks at a mark in a snapshot that starts soon.
  using Look = std::function<void(const worktree::Mark&)>;

  ProblemFiles(loop::EventLoop& loop, Look look)
      : look_(std::move(look)), timer_(loop), soon_timer_(loop) {}

  // What a look at `marks` has found. Of what was known below them only that stays which the look
  // has put off.
  void looked(const std::vector<worktree::Mark>& marks, const std::vector<worktree::Mark>& put_off,
              const std::vector<worktree::Problem>& found);
  // Those that something was lacking for are not put off any longer: somebody wants all to be
  // saved.
  void try_now() { try_again(true); }
  // Nothing is tried again any more.
  void stop();

  const std::map<std::string, worktree::Problem>& all() const { return all_; }  // by path
  bool contains(const std::string& path) const { return all_.contains(path); }

 private:
  void arm();
  void arm_soon();
  void try_again(bool lacking_only);

  Look look_;
  std::map<std::string, worktree::Problem> all_;
  loop::Timer timer_, soon_timer_;
  base::Nanos pause_{};  // of the last soon_timer_
};

}  // namespace vcs::agent::schedule
