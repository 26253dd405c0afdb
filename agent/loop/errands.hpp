// SPDX-License-Identifier: Apache-2.0
// Background work of one owner, whose results come back while the owner lives.
#pragma once

#include <cassert>
#include <cstddef>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "agent/loop/event_loop.hpp"

namespace vcs::agent::loop {

// Loop thread only. The loop outlives it. The work itself may outlive it, and must hold what it
// uses.
class Errands {
 public:
  explicit Errands(EventLoop& loop) : loop_(loop) {}
  ~Errands() { state_->owner_lives = false; }
  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;

  // Runs `work` on a thread of `pool`, then `done` on the loop: with the Result that `work` gave,
  // or without an argument if it gives nothing. If `work` found no memory, the Result is that
  // error. `done` may destroy the owner.
  template <typename Work, typename Done>
  void run(Pool pool, Work work, Done done) {
    assert(loop_.here());
    ++state_->under_way;
    if constexpr (std::is_void_v<std::invoke_result_t<Work&>>)
      loop_.run_in_background(pool, std::move(work),
                              [state = state_, done = std::move(done)]() mutable {
                                state->come_back([&] { done(); });
                              });
    else
      run_for_result(loop_, pool, std::move(work),
                     [state = state_, done = std::move(done)](auto result) mutable {
                       state->come_back([&] { done(std::move(result)); });
                     });
  }

  // Runs work that nobody waits for, not even the owner when it closes.
  static void send_off(EventLoop& loop, Pool pool, EventLoop::Task work) {
    assert(loop.here());
    loop.run_in_background(pool, std::move(work), [] {});
  }

  bool is_idle() const { return state_->under_way == 0; }
  // Calls `then` once, from the loop, as soon as no work is under way: not within this call.
  // Replaces a `then` that still waits.
  void drain(EventLoop::Task then) {
    assert(loop_.here());
    state_->drained = std::move(then);
    loop_.post([state = state_] { state->tell_if_drained(); });
  }

 private:
  struct State {
    template <typename Done>
    void come_back(Done&& done) {
      --under_way;
      if (owner_lives) done();
      tell_if_drained();
    }
    void tell_if_drained() {
      if (owner_lives && under_way == 0 && drained) std::exchange(drained, nullptr)();
    }

    std::size_t under_way = 0;
    bool owner_lives = true;
    EventLoop::Task drained;
  };

  EventLoop& loop_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace vcs::agent::loop
