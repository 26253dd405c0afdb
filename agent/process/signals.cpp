// SPDX-License-Identifier: Apache-2.0
// One libuv handle a signal.
#include "agent/process/signals.hpp"

#include <csignal>

namespace vcs::agent::process {

Signals::Signals(uv_loop_t* loop, std::function<void()> stop, std::function<void()> reload)
    : stop_(std::move(stop)), reload_(std::move(reload)) {
  constexpr std::array<int, 3> kNumbers{SIGTERM, SIGINT, SIGHUP};
  for (std::size_t i = 0; i < kNumbers.size(); ++i) {
    uv_signal_init(loop, &handles_[i]);
    handles_[i].data = this;
    uv_signal_start(
        &handles_[i],
        [](uv_signal_t* handle, int number) {
          auto* self = static_cast<Signals*>(handle->data);
          number == SIGHUP ? self->reload_() : self->stop_();
        },
        kNumbers[i]);
  }
}

void Signals::close() {
  for (uv_signal_t& handle : handles_) uv_close(reinterpret_cast<uv_handle_t*>(&handle), nullptr);
}

}  // namespace vcs::agent::process
