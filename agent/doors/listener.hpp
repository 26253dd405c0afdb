// SPDX-License-Identifier: Apache-2.0
// Serves the clients of the socket on the loop: accepts a client, checks its user, feeds its bytes
// to an ipc::Connection of its own, and sends the lines that connections write from any thread.
//
// An idle client costs a descriptor and a few hundred bytes. Clients that send many requests at
// once take turns, a request each. A client that does not read its answers is not served further. A
// client above the limit gets an error line and is closed.
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
  // Called for each new client: returns how many clients there is room for now. Empty: no bound
  // but max_clients.
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
  ~Listener();  // drops all clients; call stop() first to let them finish
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::size_t clients() const;

  // Accepts clients at this socket from now on, in place of the former one. Connected clients stay.
  Result<void> listen_at(base::FileDescriptor socket);

  // Accepts no more clients and no more requests, ends event streams, and lets open requests be
  // answered for at most `patience`. Then closes all clients and calls `on_stopped`, once.
  void stop(base::Nanos patience, std::function<void()> on_stopped);

 private:
  class Hub;
  explicit Listener(std::shared_ptr<Hub> hub);
  std::shared_ptr<Hub> hub_;
};

}  // namespace vcs::agent::doors
