// SPDX-License-Identifier: Apache-2.0
// A sync point: proves that the watcher has reported everything that was written before a call.
//
// It asks the watcher, which answers when it has reported all earlier events. If the watcher does
// not answer in time, the caller must scan the tree instead. Loop thread only.
#pragma once

#include <functional>
#include <unordered_map>

#include "agent/loop/event_loop.hpp"
#include "agent/loop/timer.hpp"
#include "agent/watch/watcher.hpp"

namespace vcs::agent::schedule {

class SyncPoint {
 public:
  // `proven`: false means that the time ran out.
  using Done = std::function<void(bool proven)>;

  explicit SyncPoint(loop::EventLoop& loop, base::Nanos timeout = std::chrono::seconds(1))
      : loop_(loop), timeout_(timeout) {}

  void wait(watch::Watcher& watcher, Done done);
  // The answer of the watcher, posted to the loop.
  void proven(watch::ProofToken token) { finish(token, true); }

 private:
  struct Waiter {
    explicit Waiter(loop::EventLoop& loop) : timer(loop) {}
    Done done;
    loop::Timer timer;
  };
  void finish(watch::ProofToken token, bool proven);

  loop::EventLoop& loop_;
  base::Nanos timeout_;
  watch::ProofToken last_ = 0;
  std::unordered_map<watch::ProofToken, Waiter> waiting_;
};

}  // namespace vcs::agent::schedule
