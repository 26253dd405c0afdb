// SPDX-License-Identifier: Apache-2.0
// Tells when something happens to the few names that lead to the agent, without waking for anything
// else. Only on Linux; elsewhere nothing is told.
#pragma once

#include <uv.h>

#include <functional>
#include <string>

#include "core/base/file_descriptor.hpp"

namespace vcs::agent::watch {

class PlaceWatch {
 public:
  // `told` is called on the loop's thread.
  PlaceWatch(uv_loop_t* loop, std::function<void()> told);
  // The loop must turn once more before this object may go.
  void close();

  // Watches anew, whatever is there by now. Asks the disk; from any thread, one at a time.
  // `lock` is the agent's lock: to look into it is to ask for the agent, and is told, too.
  void watch(const std::string& lock, const std::string& socket);

 private:
  void drain();

  base::FileDescriptor queue_;
  std::function<void()> told_;
  uv_poll_t handle_{};
};

}  // namespace vcs::agent::watch
