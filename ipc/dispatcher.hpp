// SPDX-License-Identifier: Apache-2.0
// The agent's side of one connection: bytes in, calls of the Service, lines out. It knows no loop
// and no socket; whoever owns those feeds it.
//
// Lines that are not JSON, not a request, unknown or wrongly typed are answered with an error and
// the connection lives on. Only an oversized line ends it, for what follows cannot be told apart.
#pragma once

#include <memory>
#include <string_view>

#include "ipc/line_splitter.hpp"
#include "ipc/outlet.hpp"
#include "ipc/service.hpp"

namespace vcs::ipc {

// What a connection's hello has settled. Thread-safe: a greeting is answered from anywhere.
struct Greeting {
  std::atomic<bool> said = false;
  std::atomic<bool> raw = false;  // the client takes raw bytes
};

// All members are called on the loop thread, which is where the Service is called. Replies may
// come from any thread, also after this object has gone. Neither `service` nor the output may call
// back into it from within a call.
class Connection {
 public:
  // `service` must outlive this object (not its replies).
  Connection(Service& service, std::shared_ptr<Output> output, ConnectionLimits limits = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False: the client is beyond help. Send what was written, then close.
  bool receive(std::string_view bytes);
  // So many bytes of what was written to the output have left (or were dropped).
  void written(std::size_t bytes);
  // The client has gone: replies go nowhere, blocked streams wake up and stop. The output is
  // released and not called any more.
  void close();
  // The agent is going: refuses new requests and ends event streams; others may finish.
  void drain();
  // False while the client should not be read, because it does not read its answers.
  bool wants_input() const { return !outlet_->flooded(); }
  // Nothing is left to answer or to send.
  bool idle() const { return outlet_->idle(); }

 private:
  bool on_line(std::string_view line);

  Service& service_;
  std::shared_ptr<Outlet> outlet_;
  LineSplitter splitter_;
  std::shared_ptr<Greeting> greeting_;
};

}  // namespace vcs::ipc
