// SPDX-License-Identifier: Apache-2.0
// Reports changes of the few names that lead to the agent, its lock and its socket, without waking
// for anything else. Only on Linux; elsewhere it reports nothing.
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

  // Sets the watches again, on the files that are there now. Asks the disk; from any thread, one at
  // a time. Opening `lock`, the agent's lock, is reported, too: its reader looks for the agent.
  void watch(const std::string& lock, const std::string& socket);

 private:
  void drain();

  base::FileDescriptor queue_;
  std::function<void()> told_;
  uv_poll_t handle_{};
};

}  // namespace vcs::agent::watch
