// SPDX-License-Identifier: Apache-2.0
// Who looks at a worktree at the moment: a repository that moves waits until nobody does.
#pragma once

#include <cstddef>
#include <utility>

#include "agent/loop/event_loop.hpp"

namespace vcs::agent::repository {

// Loop thread only.
class FolderUse {
 public:
  explicit FolderUse(loop::EventLoop& loop) : loop_(loop) {}

  // Work of the background begins to look at the folder, and has told what it saw.
  void begin() { ++users_; }
  void end() {
    if (--users_ == 0 && unused_) std::exchange(unused_, nullptr)();
  }
  // Calls `then` once nobody looks any more; not within this call.
  void when_unused(loop::EventLoop::Task then) {
    unused_ = std::move(then);
    begin();
    loop_.post([this] { end(); });
  }

 private:
  loop::EventLoop& loop_;
  std::size_t users_ = 0;
  loop::EventLoop::Task unused_;
};

}  // namespace vcs::agent::repository
