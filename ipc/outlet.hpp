// SPDX-License-Identifier: Apache-2.0
// The thread-safe half of a connection: the requests that await an answer, and the count of unsent
// bytes. Replies share ownership of it, so a reply may safely come after the connection has closed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/result.hpp"
#include "ipc/envelope.hpp"

namespace vcs::ipc {

// Takes the lines for the client. Called from any thread; must neither block nor call back into the
// connection.
class Output {
 public:
  virtual ~Output() = default;
  // One or more whole lines, with their newlines.
  virtual void write(std::string lines) = 0;
};

struct ConnectionLimits {
  std::size_t unsent_bytes = std::size_t{1} << 20;  // with more unsent bytes, streams wait
  std::size_t outstanding = 64;                     // requests that run at once
  std::size_t line_bytes = std::size_t{1} << 20;    // length of a request's line
  std::size_t batch_bytes = std::size_t{64} << 10;  // size of a batch of items
};

// How a request is treated while it runs.
enum class RequestKind {
  single,  // the work cannot be stopped, so a cancel is answered at once
  stream,  // items wait for the client; the work itself answers a cancel
  live,    // items never wait: a slow client loses the stream. A cancel is answered at once
};

// One accepted request. The outlet's mutex guards `answered`.
struct RequestState {
  RequestState(std::string request_id, RequestKind request_kind)
      : id(std::move(request_id)), kind(request_kind) {}
  const std::string id;
  const RequestKind kind;
  bool answered = false;
  std::atomic<bool> cancelled = false;
};

class Outlet {
 public:
  Outlet(std::shared_ptr<Output> output, ConnectionLimits limits);

  const ConnectionLimits& limits() const { return limits_; }

  // --- Requests ---
  // Null if the request was refused; the client has got the reason.
  std::shared_ptr<RequestState> accept(const std::string& id, RequestKind kind);
  void refuse(const std::string& id, RpcNumber number, const Error& error);
  // Ends a request. Drops `lines` if it was answered already or the client has disconnected.
  void answer(RequestState& state, std::string lines);
  void cancel(const std::string& id);

  // --- Sent before the answer ---
  // Sends a batch of items; RequestKind says whether it waits. False: stop producing items.
  bool send_items(RequestState& state, std::string line);
  void send_progress(const RequestState& state, const Progress& progress);
  bool stopped(const RequestState& state) const { return state.cancelled || closed_; }

  // --- The connection ---
  void written(std::size_t bytes);
  void close();
  void drain();
  bool flooded() const;
  bool idle() const;

 private:
  bool full() const { return unsent_ > limits_.unsent_bytes; }
  void write(std::string lines);
  void answer_early(RequestState& state, ErrorCode code, const char* message);

  const ConnectionLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable drained_;
  std::shared_ptr<Output> output_;
  std::map<std::string, std::shared_ptr<RequestState>> requests_;
  std::size_t unsent_ = 0;
  bool draining_ = false;
  std::atomic<bool> closed_ = false;
};

}  // namespace vcs::ipc
