// SPDX-License-Identifier: Apache-2.0
// Turns signals into calls on the loop thread.
#pragma once

#include <uv.h>

#include <array>
#include <functional>

namespace vcs::agent::process {

// SIGTERM and SIGINT call `stop`, SIGHUP calls `reload`.
class Signals {
 public:
  Signals(uv_loop_t* loop, std::function<void()> stop, std::function<void()> reload);
  // The loop must turn once more before this object may go.
  void close();

 private:
  std::function<void()> stop_, reload_;
  std::array<uv_signal_t, 3> handles_;
};

}  // namespace vcs::agent::process
