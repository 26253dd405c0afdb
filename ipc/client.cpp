// SPDX-License-Identifier: Apache-2.0
// Blocking calls over one connection; poll() waits for answers, time-outs and the cancel signal.
#include "ipc/client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "ipc/endpoint.hpp"
#include "ipc/envelope.hpp"
#include "ipc/line_splitter.hpp"
#include "ipc/messages/agent.hpp"

namespace vcs::ipc {
namespace {

using base::FileDescriptor;
using base::SteadyNanos;

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;  // the socket has SO_NOSIGPIPE
#endif
constexpr std::size_t kReadBytes = std::size_t{256} << 10;

bool has_gone(int os_error) {
  return os_error == EPIPE || os_error == ECONNRESET;
}

}  // namespace

class Client::Connection {
 public:
  Connection(const base::Clock& clock, FileDescriptor socket, ClientOptions options)
      : clock_(clock), socket_(std::move(socket)), options_(std::move(options)) {}

  Result<void> say_hello();
  const HelloResponse& agent() const { return agent_; }
  void cancel_on(int fd) { cancel_fd_ = fd; }
  Result<Answer> exchange(std::string_view method, std::string params, const OnItems& on_items,
                          const OnProgress& on_progress, std::optional<SteadyNanos> deadline);

 private:
  // One request that runs.
  struct Exchange {
    std::string_view method;
    std::string id;
    const OnItems& on_items;
    const OnProgress& on_progress;
    std::optional<SteadyNanos> deadline;
    bool cancelled = false;
    std::optional<Result<Answer>> result;
  };

  Result<void> run(Exchange& exchange, const std::string& request);
  Result<void> wait_readable(Exchange& exchange);
  Result<void> read_some(Exchange& exchange);
  Result<void> on_line(Exchange& exchange, std::string_view line);
  Result<void> on_answer(Exchange& exchange, IncomingAnswer answer, std::string raw);
  Result<void> on_items(Exchange& exchange, const Answer& items);
  Result<void> cancel(Exchange& exchange);
  Result<void> send_all(std::string_view bytes, std::optional<SteadyNanos> deadline);
  Failure late(const Exchange& exchange) const;
  int poll_timeout(std::optional<SteadyNanos> deadline) const;

  const base::Clock& clock_;
  FileDescriptor socket_;
  ClientOptions options_;
  HelloResponse agent_;
  int cancel_fd_ = -1;
  std::uint64_t last_id_ = 0;
  bool broken_ = false;
  std::vector<char> buffer_;  // on the heap, because some shells limit the stack
  LineSplitter splitter_{kMaxMessageBytes};
  IncomingAnswer announced_;  // the answer whose raw bytes have not all arrived
};

Result<void> Client::Connection::say_hello() {
  const HelloRequest hello{options_.name, {kRawFeature}};
  VCS_ASSIGN(const Answer answer,
             exchange(Hello::kName, encode(hello), {}, {}, clock_.steady() + options_.timeout));
  VCS_ASSIGN(agent_, decode<HelloResponse>(answer.value));
  if (agent_.protocol != kProtocolVersion)
    return fail(ErrorCode::unsupported,
                "the agent ({}) speaks protocol {}, this program speaks {}; install both from one "
                "release and restart the agent",
                agent_.version, agent_.protocol, kProtocolVersion);
  return {};
}

Result<Client::Answer> Client::Connection::exchange(std::string_view method, std::string params,
                                                    const OnItems& on_items,
                                                    const OnProgress& on_progress,
                                                    std::optional<SteadyNanos> deadline) {
  if (broken_) return fail(ErrorCode::unavailable, "the connection to the agent is broken");
  Exchange exchange{method, fmt::to_string(++last_id_), on_items, on_progress, deadline, false, {}};
  const std::string request = request_line(exchange.id, method, params);
  if (request.size() > kMaxLineBytes)
    return fail(ErrorCode::invalid, "the request '{}' is too long ({} bytes; the limit is {})",
                method, request.size(), kMaxLineBytes);
  if (auto ran = run(exchange, request); !ran) {
    broken_ = true;
    return tl::unexpected(std::move(ran).error());
  }
  return *std::move(exchange.result);
}

// Fails if the connection is no longer usable; otherwise sets the result of the exchange.
Result<void> Client::Connection::run(Exchange& exchange, const std::string& request) {
  VCS_TRY(send_all(request, exchange.deadline));
  while (!exchange.result) {
    VCS_TRY(wait_readable(exchange));
    VCS_TRY(read_some(exchange));
  }
  return {};
}

Result<void> Client::Connection::wait_readable(Exchange& exchange) {
  for (;;) {
    // poll() skips a negative descriptor.
    std::array<pollfd, 2> polled{pollfd{socket_.get(), POLLIN, 0},
                                 pollfd{exchange.cancelled ? -1 : cancel_fd_, POLLIN, 0}};
    const int ready = poll(polled.data(), polled.size(), poll_timeout(exchange.deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return base::fail_errno(errno, "cannot wait for the agent");
    if (ready == 0) return late(exchange);
    if ((polled[1].revents & POLLIN) != 0) {
      VCS_TRY(cancel(exchange));
    } else if (polled[1].revents != 0) {
      cancel_fd_ = -1;  // the writing end is closed, so no cancel can come
    }
    if (polled[0].revents != 0) return {};
  }
}

Result<void> Client::Connection::read_some(Exchange& exchange) {
  buffer_.resize(kReadBytes);
  const ssize_t count = recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (count < 0 && !has_gone(errno)) return base::fail_errno(errno, "cannot read from the agent");
  if (count <= 0)
    return Failure(
        {ErrorCode::unavailable,
         fmt::format("the agent stopped while answering '{}'; vcsctl status tells what is saved, "
                     "and the agent's log why it stopped",
                     exchange.method),
         ECONNRESET});
  Result<void> handled;
  const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
  VCS_TRY(splitter_.feed(
      bytes,
      [&](std::string_view line) {
        handled = on_line(exchange, line);
        return handled.has_value();
      },
      [&](std::string raw) {
        handled = on_answer(exchange, std::exchange(announced_, {}), std::move(raw));
        return handled.has_value();
      }));
  return handled;
}

Result<void> Client::Connection::on_line(Exchange& exchange, std::string_view line) {
  auto answer = parse_answer(line);
  if (!answer)
    return tl::unexpected(
        std::move(answer).error().with_context("the agent's answer is not understood"));
  if (answer->raw_bytes == 0) return on_answer(exchange, std::move(*answer), {});
  splitter_.expect_raw(answer->raw_bytes);
  announced_ = std::move(*answer);
  return {};
}

Result<void> Client::Connection::on_answer(Exchange& exchange, IncomingAnswer answer,
                                           std::string raw) {
  using Kind = IncomingAnswer::Kind;
  // An error without an id concerns the connection, so it ends this request. Answers with other ids
  // belong to requests that were abandoned.
  const bool concerns_us =
      answer.id == exchange.id || (answer.id.empty() && answer.kind == Kind::error);
  if (!concerns_us || exchange.result) return {};
  switch (answer.kind) {
    case Kind::result:
      exchange.result = Answer{std::move(answer.value), std::move(raw)};
      return {};
    case Kind::error:
      exchange.result = tl::unexpected(std::move(answer.error));
      return {};
    case Kind::items:
      return on_items(exchange, {std::move(answer.value), std::move(raw)});
    case Kind::progress:
      if (exchange.on_progress) {
        VCS_ASSIGN(const Progress progress, decode<Progress>(answer.value));
        exchange.on_progress(progress);
      }
      return {};
    case Kind::other:
      return {};
  }
  return {};
}

Result<void> Client::Connection::on_items(Exchange& exchange, const Answer& items) {
  if (!exchange.on_items || exchange.cancelled) return {};
  VCS_ASSIGN(const bool more, exchange.on_items(items));
  return more ? Result<void>{} : cancel(exchange);
}

Result<void> Client::Connection::cancel(Exchange& exchange) {
  exchange.cancelled = true;
  exchange.deadline = clock_.steady() + options_.cancel_grace;
  return send_all(cancel_line(exchange.id), exchange.deadline);
}

Result<void> Client::Connection::send_all(std::string_view bytes,
                                          std::optional<SteadyNanos> deadline) {
  while (!bytes.empty()) {
    const ssize_t count = send(socket_.get(), bytes.data(), bytes.size(), kSendFlags);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    // The agent may have sent a reason before it closed; read_some() reads it.
    if (has_gone(errno)) return {};
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return base::fail_errno(errno, "cannot write to the agent");
    pollfd polled{socket_.get(), POLLOUT, 0};
    const int ready = poll(&polled, 1, poll_timeout(deadline));
    if (ready == 0)
      return Failure({ErrorCode::unavailable, "the agent takes no requests", ETIMEDOUT});
    if (ready < 0 && errno != EINTR) return base::fail_errno(errno, "cannot wait for the agent");
  }
  return {};
}

Failure Client::Connection::late(const Exchange& exchange) const {
  if (exchange.cancelled)
    return fail(ErrorCode::cancelled,
                "cancelled; the agent has not confirmed it yet and may still complete '{}'",
                exchange.method);
  return Failure({ErrorCode::unavailable,
                  fmt::format("the agent does not answer '{}'", exchange.method), ETIMEDOUT});
}

int Client::Connection::poll_timeout(std::optional<SteadyNanos> deadline) const {
  if (!deadline) return -1;
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(*deadline - clock_.steady());
  return static_cast<int>(
      std::clamp(left, milliseconds(0), milliseconds(std::chrono::hours(1))).count());
}

// --- Client ---

Client::Client(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::connect(const base::Clock& clock, const std::string& socket_path,
                               ClientOptions options) {
  VCS_ASSIGN(FileDescriptor socket, connect_endpoint(clock, socket_path, options.timeout));
  return adopt(clock, std::move(socket), std::move(options));
}

Result<Client> Client::adopt(const base::Clock& clock, FileDescriptor socket,
                             ClientOptions options) {
  const int flags = fcntl(socket.get(), F_GETFL);
  if (flags < 0 || fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0)
    return base::fail_errno(errno, "cannot set up the connection to the agent");
  auto connection = std::make_unique<Connection>(clock, std::move(socket), std::move(options));
  VCS_TRY(connection->say_hello());
  return Client(std::move(connection));
}

const HelloResponse& Client::agent() const {
  return connection_->agent();
}
void Client::cancel_on(int fd) {
  connection_->cancel_on(fd);
}

bool Client::has_raw() const {
  const std::vector<std::string>& features = agent().features;
  return std::find(features.begin(), features.end(), kRawFeature) != features.end();
}

Result<Client::Answer> Client::exchange(std::string_view method, std::string params,
                                        const OnItems& on_items, const OnProgress& on_progress) {
  return connection_->exchange(method, std::move(params), on_items, on_progress, {});
}

}  // namespace vcs::ipc
