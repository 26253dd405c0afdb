// SPDX-License-Identifier: Apache-2.0
// The agent's side of one connection: takes bytes, calls the Service, writes lines. It knows no
// loop and no socket; their owner feeds it.
//
// It answers a line that is no JSON, no request, of an unknown method or of wrong types with an
// error, and keeps the connection. Only an oversized line ends the connection, because the end of
// that line is not known.
#pragma once

#include <memory>
#include <string_view>

#include "ipc/line_splitter.hpp"
#include "ipc/outlet.hpp"
#include "ipc/service.hpp"

namespace vcs::ipc {

// What the client's hello has agreed. Thread-safe: hello may be answered from any thread.
struct Greeting {
  std::atomic<bool> said = false;
  std::atomic<bool> raw = false;  // the client takes raw bytes
};

// Call all members on the loop thread; the Service is called there. Replies may come from any
// thread, also after this object is destroyed. Neither `service` nor the output may call this
// object while it calls them.
class Connection {
 public:
  // `service` must outlive this object, but not its replies.
  Connection(Service& service, std::shared_ptr<Output> output, ConnectionLimits limits = {});
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False: the input cannot be read any further. Send what was written, then close.
  bool receive(std::string_view bytes);
  // `bytes` of the output have been sent (or dropped).
  void written(std::size_t bytes);
  // The client has disconnected: drops replies, and wakes and stops blocked streams. Releases the
  // output and does not call it any more.
  void close();
  // The agent stops: refuses new requests and ends event streams; other requests may finish.
  void drain();
  // False: do not read from the client now, because it does not read its answers.
  bool wants_input() const { return !outlet_->flooded(); }
  // True if nothing is left to answer or to send.
  bool idle() const { return outlet_->idle(); }

 private:
  bool on_line(std::string_view line);

  Service& service_;
  std::shared_ptr<Outlet> outlet_;
  LineSplitter splitter_;
  std::shared_ptr<Greeting> greeting_;
};

}  // namespace vcs::ipc
