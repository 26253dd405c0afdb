// SPDX-License-Identifier: Apache-2.0
// The thread-safe half of a connection: the requests that await an answer, and the count of unsent
// bytes. Replies share ownership of it, so a reply may safely come after the connection has closed.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "core/base/guarded.hpp"
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

// One accepted request.
struct RequestState {
  RequestState(std::string request_id, RequestKind request_kind)
      : id(std::move(request_id)), kind(request_kind) {}
  const std::string id;
  const RequestKind kind;
  std::atomic<bool> cancelled = false;

 private:
  friend class Outlet;
  bool answered_ = false;  // of Outlet::answered() alone
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
  // The mutex guards this part of a request, too.
  bool& answered(RequestState& state) const VCS_REQUIRES(mutex_) { return state.answered_; }
  bool answered(const RequestState& state) const VCS_REQUIRES(mutex_) { return state.answered_; }
  bool full() const VCS_REQUIRES(mutex_) { return unsent_ > limits_.unsent_bytes; }
  // A line that says why a request is not accepted; "": it is.
  std::string refusal_of(const std::string& id) const VCS_REQUIRES(mutex_);
  void write(std::string lines) VCS_REQUIRES(mutex_);
  void answer_early(RequestState& state, ErrorCode code, const char* message) VCS_REQUIRES(mutex_);

  const ConnectionLimits limits_;
  mutable base::Mutex mutex_;
  base::Condition drained_;
  std::shared_ptr<Output> output_ VCS_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<RequestState>> requests_ VCS_GUARDED_BY(mutex_);
  std::size_t unsent_ VCS_GUARDED_BY(mutex_) = 0;
  bool draining_ VCS_GUARDED_BY(mutex_) = false;
  std::atomic<bool> closed_ = false;
};

}  // namespace vcs::ipc
