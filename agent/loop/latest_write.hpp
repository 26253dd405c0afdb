// SPDX-License-Identifier: Apache-2.0
// A small file that follows a state in memory: one write at a time, and the last state last.
#pragma once

#include <functional>
#include <optional>
#include <utility>

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

  // Soon; in place of a state that waits for its turn.
  void write(State state) {
    if (std::exchange(writing_, true))
      next_ = std::move(state);
    else
      begin(std::move(state));
  }

 private:
  void begin(State state) {
    errands_.run(
        Pool::query, [write = write_, state = std::move(state)] { return write(state); },
        [this](const Result<void>& result) {
          writing_ = next_.has_value();
          if (next_) begin(*std::exchange(next_, std::nullopt));
          written_(result);
        });
  }

  Errands& errands_;
  const Write write_;
  const Written written_;
  bool writing_ = false;
  std::optional<State> next_;
};

}  // namespace vcs::agent::loop
