// SPDX-License-Identifier: Apache-2.0
// Writes a small file that follows a state in memory: one write at a time, the newest state last.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "agent/loop/errands.hpp"
#include "core/base/result.hpp"

namespace vcs::agent::loop {

// Loop thread only. `errands` outlive it.
template <typename State>
class LatestWrite {
 public:
  // Runs in the background.
  using Write = std::function<Result<void>(const State&)>;
  // Called on the loop after each write.
  using Written = std::function<void(const Result<void>&)>;

  LatestWrite(Errands& errands, Write write, Written written)
      : errands_(errands), write_(std::move(write)), written_(std::move(written)) {}

  // Writes `state` soon; it replaces a state that waits. `then` is called when `state`, or the one
  // that replaced it, was written or could not be written.
  void write(State state, EventLoop::Task then = {}) {
    if (then) waiting_.push_back(std::move(then));
    if (std::exchange(writing_, true))
      next_ = std::move(state);
    else
      begin(std::move(state));
  }
  // A write runs, and another state may wait behind it.
  bool is_writing() const { return writing_; }

 private:
  void begin(State state) {
    errands_.run(
        Pool::query, [write = write_, state = std::move(state)] { return write(state); },
        [this, waiting = std::exchange(waiting_, {})](const Result<void>& result) {
          writing_ = next_.has_value();
          if (next_) begin(*std::exchange(next_, std::nullopt));
          written_(result);
          for (const EventLoop::Task& then : waiting) then();
        });
  }

  Errands& errands_;
  const Write write_;
  const Written written_;
  bool writing_ = false;
  std::optional<State> next_;
  std::vector<EventLoop::Task> waiting_;  // called after the next write that begins
};

}  // namespace vcs::agent::loop
