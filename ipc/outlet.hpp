// SPDX-License-Identifier: Apache-2.0
// The thread-safe half of a connection: what still has to be answered, and what still has to be
// sent. Replies hold on to it, so a reply that comes after the connection has died falls on soft
// ground.
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

// Where lines go. Called from any thread; must neither block nor call back into the connection.
class Output {
 public:
  virtual ~Output() = default;
  // One or more whole lines, with their newlines.
  virtual void write(std::string lines) = 0;
};

struct ConnectionLimits {
  std::size_t unsent_bytes = std::size_t{1} << 20;  // above, streams wait
  std::size_t outstanding = 64;                     // requests at work
  std::size_t line_bytes = std::size_t{1} << 20;    // of a request
  std::size_t batch_bytes = std::size_t{64} << 10;  // of items in one notification
};

// How a request is treated while it is at work.
enum class RequestKind {
  single,  // its work cannot be told to stop: a cancel is answered at once
  stream,  // its items wait for the client; the work itself answers a cancel
  live,    // its items never wait: a slow client loses the stream. A cancel is answered at once
};

// One accepted request. Guarded by the outlet's mutex but for the flag.
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
  // Null if the request was refused; the client has been told why.
  std::shared_ptr<RequestState> accept(const std::string& id, RequestKind kind);
  void refuse(const std::string& id, RpcNumber number, const Error& error);
  // The last word on a request; dropped if it has been answered or the client has gone.
  void answer(RequestState& state, std::string lines);
  void cancel(const std::string& id);

  // --- What is sent before the answer ---
  // A batch of items; waits or not as the kind demands. False: stop producing.
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
