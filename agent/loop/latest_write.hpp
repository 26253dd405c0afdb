// SPDX-License-Identifier: Apache-2.0
// A small file that follows a state in memory: one write at a time, and the last state last.
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
  // In the background.
  using Write = std::function<Result<void>(const State&)>;
  // After each write.
  using Written = std::function<void(const Result<void>&)>;

  LatestWrite(Errands& errands, Write write, Written written)
      : errands_(errands), write_(std::move(write)), written_(std::move(written)) {}

  // Soon; in place of a state that waits for its turn. `then` comes when it was written, or one in
  // its place, or could not be.
  void write(State state, EventLoop::Task then = {}) {
    if (then) waiting_.push_back(std::move(then));
    if (std::exchange(writing_, true))
      next_ = std::move(state);
    else
      begin(std::move(state));
  }
  // Not all that was given is written yet.
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
  std::vector<EventLoop::Task> waiting_;  // for what begins next
};

}  // namespace vcs::agent::loop
