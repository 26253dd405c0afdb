// SPDX-License-Identifier: Apache-2.0
// Lists the files that could not be saved, and tries them again.
//
// A file that failed for lack of descriptors or memory is tried again after one to eight seconds,
// so that it is saved soon after the lack ends. Other files wait for an event of theirs, and are
// tried every few minutes. A file stays in the list until a snapshot finds no problem with it. Loop
// thread only.
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
  // Gives a mark to a snapshot that starts soon.
  using Look = std::function<void(const worktree::Mark&)>;

  ProblemFiles(loop::EventLoop& loop, Look look)
      : look_(std::move(look)), timer_(loop), soon_timer_(loop) {}

  // Takes the problems that a snapshot of `marks` has found. Known problems below the marks are
  // dropped, except those at or below marks that the snapshot has put off.
  void looked(const std::vector<worktree::Mark>& marks, const std::vector<worktree::Mark>& put_off,
              const std::vector<worktree::Problem>& found);
  // A command wants everything to be saved: tries the files that failed for a lack now.
  void try_now() { try_again(true); }
  // Tries no file again any more.
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
