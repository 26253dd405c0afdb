// SPDX-License-Identifier: Apache-2.0
// Takes the clients of the socket onto the loop: accepts, checks who they are, feeds what they
// send to an ipc::Connection each, and sends what those write, from whatever thread.
//
// An idle client costs a descriptor and a few hundred bytes. Clients that ask for much at once take
// turns, a request each. One that asks without reading its answers is not served any further; one
// too many gets an error line and is closed.
#pragma once

#include <functional>
#include <memory>

#include "core/base/clock.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/log.hpp"
#include "core/base/result.hpp"
#include "ipc/dispatcher.hpp"

struct uv_loop_s;

namespace vcs::agent::doors {

struct ListenerOptions {
  std::size_t max_clients = 1024;
  ipc::ConnectionLimits connection;
  // Asked for each client that comes: for how many there is room now. Empty: for all of them.
  std::function<std::size_t()> room = {};
};

// All members are called on the loop's thread. The loop must outlive the listener and turn until
// stop() has reported (after destruction: once more), because handles are closed by turning.
// SIGPIPE is ignored from the first listener on: a client that dies must not end the agent.
class Listener {
 public:
  // `socket` is a listening socket (ipc::Endpoint). `service` must outlive the listener.
  static Result<std::unique_ptr<Listener>> start(uv_loop_s* loop, base::FileDescriptor socket,
                                                 ipc::Service& service, base::Log log,
                                                 ListenerOptions options = {});
  ~Listener();  // drops all clients; call stop() first to be polite
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::size_t clients() const;

  // Takes clients at this socket from now on, in place of the one before; those that are there
  // stay.
  Result<void> listen_at(base::FileDescriptor socket);

  // Takes no more clients and no more requests, ends event streams, and lets the rest be answered
  // for at most `patience`; then all clients are closed and `on_stopped` is called. Once.
  void stop(base::Nanos patience, std::function<void()> on_stopped);

 private:
  class Hub;
  explicit Listener(std::shared_ptr<Hub> hub);
  std::shared_ptr<Hub> hub_;
};

}  // namespace vcs::agent::doors
