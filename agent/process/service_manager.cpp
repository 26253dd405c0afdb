// SPDX-License-Identifier: Apache-2.0
// Sends each message as one datagram.
#include "agent/process/service_manager.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "core/base/file_descriptor.hpp"

namespace vcs::agent::process {

void tell_service_manager(const std::string& socket, const std::string& message) {
  sockaddr_un address{};
  if (socket.empty() || socket.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract address
  const base::FileDescriptor fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
  if (!fd.valid()) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  // An error is ignored: the agent does not depend on a manager that listens.
  (void)::sendto(fd.get(), message.data(), message.size(), MSG_DONTWAIT,
                 reinterpret_cast<sockaddr*>(&address), length);
}

ServiceManager::ServiceManager(loop::EventLoop& loop, std::string socket, base::Nanos watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog), timer_(loop) {}

void ServiceManager::send(const std::string& message) const {
  tell_service_manager(socket_, message);
}

void ServiceManager::ready(const std::string& status) {
  send("READY=1\nSTATUS=" + status);
  if (watchdog_.count() > 0 && !timer_.waits()) pet_watchdog();
}

// Runs on the loop, because the watchdog is to find a loop that hangs.
void ServiceManager::pet_watchdog() {
  send("WATCHDOG=1");
  timer_.start(watchdog_, [this] { pet_watchdog(); });
}

void ServiceManager::status(const std::string& status) {
  send("STATUS=" + status);
}

void ServiceManager::reloading(base::SteadyNanos now) {
  using std::chrono::microseconds;
  const auto since_boot = std::chrono::duration_cast<microseconds>(now.time_since_epoch());
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", since_boot.count()));
}

void ServiceManager::stopping() {
  send("STOPPING=1");
}

}  // namespace vcs::agent::process
