// SPDX-License-Identifier: Apache-2.0
// Counts the background work that uses a worktree: a repository that moves waits until it is 0.
#pragma once

#include <cstddef>
#include <utility>

#include "agent/loop/event_loop.hpp"

namespace vcs::agent::repository {

// Loop thread only.
class FolderUse {
 public:
  explicit FolderUse(loop::EventLoop& loop) : loop_(loop) {}

  // Background work begins to use the folder; it has ended, and its result was taken.
  void begin() { ++users_; }
  void end() {
    if (--users_ == 0 && unused_) std::exchange(unused_, nullptr)();
  }
  // Calls `then` once no work uses the folder any more; not within this call.
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
