// SPDX-License-Identifier: Apache-2.0
// Reports the agent's state to systemd, in the protocol of sd_notify(3). Does nothing without a
// socket.
#pragma once

#include <string>

#include "agent/loop/event_loop.hpp"
#include "agent/loop/timer.hpp"

namespace vcs::agent::process {

// From any thread. Does nothing if `socket` is "".
void tell_service_manager(const std::string& socket, const std::string& message);

class ServiceManager {
 public:
  // `socket` is $NOTIFY_SOCKET ("" for none), `watchdog` half of $WATCHDOG_USEC (0 for none).
  ServiceManager(loop::EventLoop& loop, std::string socket, base::Nanos watchdog);

  void ready(const std::string& status);
  void status(const std::string& status);  // one line, for systemctl status
  void reloading(base::SteadyNanos now);
  void stopping();

 private:
  void send(const std::string& message) const;
  void pet_watchdog();

  std::string socket_;
  base::Nanos watchdog_;
  loop::Timer timer_;
};

}  // namespace vcs::agent::process
