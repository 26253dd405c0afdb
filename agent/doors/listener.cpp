// SPDX-License-Identifier: Apache-2.0
// A hub that owns the handles, and a client for each connection.
#include "agent/doors/listener.hpp"

#include <uv.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/guarded.hpp"
#include "ipc/endpoint.hpp"

namespace vcs::agent::doors {
namespace {

using ClientId = std::uint64_t;

constexpr int kBacklog = 128;
constexpr std::size_t kReadBytes = std::size_t{64} << 10;

Failure fail_uv(int status, const char* what) {
  return base::fail_errno(-status, what);  // libuv's codes are negated errno values on Unix
}

// A write to a client that has died is an error to us, not the end of the process.
void ignore_sigpipe() {
  struct sigaction current {};
  if (sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL)
    std::signal(SIGPIPE, SIG_IGN);
}

// Carries lines from any thread to the loop.
class Mailbox {
 public:
  using Lines = std::vector<std::string>;

  explicit Mailbox(uv_async_t* wake) : wake_(wake) {}

  void put(ClientId client, std::string lines) {
    const base::Lock lock(mutex_);
    if (wake_ == nullptr) return;
    const bool was_empty = lines_.empty();
    lines_[client].push_back(std::move(lines));
    if (was_empty) uv_async_send(wake_);
  }
  std::map<ClientId, Lines> take() {
    const base::Lock lock(mutex_);
    return std::exchange(lines_, {});
  }
  void close() {
    const base::Lock lock(mutex_);
    wake_ = nullptr;
  }

 private:
  base::Mutex mutex_;
  uv_async_t* wake_ VCS_GUARDED_BY(mutex_);
  std::map<ClientId, Lines> lines_ VCS_GUARDED_BY(mutex_);
};

class MailboxOutput final : public ipc::Output {
 public:
  MailboxOutput(std::shared_ptr<Mailbox> mailbox, ClientId client)
      : mailbox_(std::move(mailbox)), client_(client) {}
  void write(std::string lines) override { mailbox_->put(client_, std::move(lines)); }

 private:
  std::shared_ptr<Mailbox> mailbox_;
  ClientId client_;
};

template <typename Handle>
uv_handle_t* as_handle(Handle* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}
template <typename Handle>
uv_stream_t* as_stream(Handle* handle) {
  return reinterpret_cast<uv_stream_t*>(handle);
}

}  // namespace

// Everything that libuv points to: handles, clients and the way to the end are in one object, which
// keeps itself alive until the last of its handles is closed.
class Listener::Hub : public std::enable_shared_from_this<Listener::Hub> {
 public:
  Hub(uv_loop_t* loop, ipc::Service& service, base::Log log, ListenerOptions options)
      : loop_(loop), service_(service), log_(std::move(log)), options_(std::move(options)) {}

  Result<void> start(base::FileDescriptor socket);
  Result<void> listen_at(base::FileDescriptor socket);
  void stop(base::Nanos patience, std::function<void()> on_stopped);
  void abandon();
  std::size_t clients() const { return clients_.size(); }

 private:
  struct Client {
    Hub* hub = nullptr;
    ClientId id = 0;
    uv_pipe_t pipe{};
    std::unique_ptr<ipc::Connection> connection;
    std::string asked;  // bytes read; handled up to `position`
    std::size_t position = 0;
    std::size_t writes = 0;  // under way
    bool reading = false;
    bool leaving = false;  // closes when its writes are done
    bool closed = false;
  };
  struct Write {
    uv_write_t request{};
    Client* client = nullptr;
    Mailbox::Lines lines;
    std::size_t bytes = 0;
  };

  // libuv's callbacks. Nothing may be thrown through its frames.
  static void on_connection(uv_stream_t* server, int status);
  static void on_allocate(uv_handle_t* handle, std::size_t, uv_buf_t* buffer);
  static void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer);
  static void on_written(uv_write_t* request, int status);
  template <typename Work>
  void guarded(Client* client, Work&& work) noexcept;

  void accept_client(uv_stream_t* server);
  bool admit(uv_stream_t* server, Client& client);
  std::size_t handle_line(Client& client, std::string_view bytes);
  void received(Client& client, std::string_view bytes);
  void go_on(Client& client);
  void take_turn();
  void deliver_mail();
  void write(Client& client, Mailbox::Lines lines);
  void wrote(Client& client, std::size_t bytes, int status);
  void set_reading(Client& client, bool reading);
  void close_client(Client& client);
  void close_if_done(Client& client);
  void close_all();
  void close_rest_if_empty();

  void opened() { ++open_handles_; }
  void close_handle(uv_handle_t* handle);
  void close_server(uv_pipe_t* server);
  void handle_closed();

  uv_loop_t* loop_;
  ipc::Service& service_;
  base::Log log_;
  ListenerOptions options_;
  uv_pipe_t* server_ = nullptr;  // freed when it is closed
  uv_async_t wake_{};
  uv_timer_t timer_{};
  uv_idle_t turn_{};
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>(&wake_);
  std::map<ClientId, Client*> clients_;  // owned by their handles: freed when those are closed
  std::set<ClientId> in_turn_;           // clients with bytes in `asked` that are not handled yet
  ClientId last_client_ = 0;
  std::size_t open_handles_ = 0;
  bool stopping_ = false;
  std::function<void()> on_stopped_;
  std::shared_ptr<Hub> self_;
  std::array<char, kReadBytes> buffer_;  // of all clients: each read is consumed at once
};

template <typename Work>
void Listener::Hub::guarded(Client* client, Work&& work) noexcept {
  try {
    work();
  } catch (const std::exception& problem) {
    log_.error("a client's connection is dropped: {}", problem.what());
    if (client != nullptr) close_client(*client);
  }
}

Result<void> Listener::Hub::start(base::FileDescriptor socket) {
  ignore_sigpipe();
  const auto failed = [this](int status, const char* what) -> Result<void> {
    abandon();
    return fail_uv(status, what);
  };
  self_ = shared_from_this();
  uv_timer_init(loop_, &timer_);
  opened();
  uv_idle_init(loop_, &turn_);
  opened();
  timer_.data = turn_.data = wake_.data = this;
  const auto on_wake = [](uv_async_t* handle) {
    auto* hub = static_cast<Hub*>(handle->data);
    hub->guarded(nullptr, [hub] { hub->deliver_mail(); });
  };
  if (const int status = uv_async_init(loop_, &wake_, on_wake); status != 0)
    return failed(status, "cannot wake the loop from other threads");
  opened();
  auto listening = listen_at(std::move(socket));
  if (!listening) abandon();
  return listening;
}

Result<void> Listener::Hub::listen_at(base::FileDescriptor socket) {
  if (stopping_) return {};
  auto* const server = new uv_pipe_t{};  // its close callback frees it
  uv_pipe_init(loop_, server, 0);
  opened();
  server->data = this;
  int status = uv_pipe_open(server, socket.get());
  if (status == 0) {
    socket.release();
    status = uv_listen(as_stream(server), kBacklog, on_connection);
  }
  close_server(status == 0 ? std::exchange(server_, server) : server);
  return status == 0 ? Result<void>{} : fail_uv(status, "cannot listen for clients");
}

// --- Clients come ---

void Listener::Hub::on_connection(uv_stream_t* server, int status) {
  auto* hub = static_cast<Hub*>(server->data);
  hub->guarded(nullptr, [&] {
    if (status == 0) return hub->accept_client(server);
    hub->log_.warning("a client could not be accepted: {}", uv_strerror(status));
  });
}

void Listener::Hub::accept_client(uv_stream_t* server) {
  auto owned = std::make_unique<Client>();
  owned->hub = this;
  owned->id = ++last_client_;
  owned->connection = std::make_unique<ipc::Connection>(
      service_, std::make_shared<MailboxOutput>(mailbox_, owned->id), options_.connection);
  uv_pipe_init(loop_, &owned->pipe, 0);
  opened();
  Client& client = *owned.release();  // its handle owns it from here on
  client.pipe.data = &client;
  clients_.emplace(client.id, &client);
  if (!admit(server, client)) return close_client(client);
  set_reading(client, true);
}

bool Listener::Hub::admit(uv_stream_t* server, Client& client) {
  if (const int status = uv_accept(server, as_stream(&client.pipe)); status != 0) {
    log_.warning("a client could not be accepted: {}", uv_strerror(status));
    return false;
  }
  uv_os_fd_t fd = -1;
  uv_fileno(as_handle(&client.pipe), &fd);
  if (const auto checked = ipc::check_peer(fd); !checked) {
    log_.warning("a client was refused: {}", checked.error().message);
    return false;
  }
  const std::size_t most =
      std::min(options_.max_clients, options_.room ? options_.room() : options_.max_clients);
  if (clients_.size() <= most) return true;
  std::string line = ipc::error_line(
      "null", ipc::RpcNumber::service_error,
      {ErrorCode::busy, fmt::format("the agent already serves {} clients", most), 0});
  const uv_buf_t buffer = uv_buf_init(line.data(), static_cast<unsigned>(line.size()));
  uv_try_write(as_stream(&client.pipe), &buffer, 1);
  return false;
}

// --- Clients ask ---

void Listener::Hub::on_allocate(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
  auto& shared = static_cast<Client*>(handle->data)->hub->buffer_;
  *buffer = uv_buf_init(shared.data(), static_cast<unsigned>(shared.size()));
}

void Listener::Hub::on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
  auto& client = *static_cast<Client*>(stream->data);
  Hub& hub = *client.hub;
  if (count < 0) return hub.close_client(client);
  if (count == 0) return;
  hub.guarded(&client, [&] {
    hub.received(client, {buffer->base, static_cast<std::size_t>(count)});
  });
}

// Handles one line and returns its bytes. One at a time: a client that sends many requests delays
// the others by no more than one answer, and gets its next answer only after it has read enough.
std::size_t Listener::Hub::handle_line(Client& client, std::string_view bytes) {
  const std::size_t length = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
  if (client.connection->receive(bytes.substr(0, length))) return length;
  set_reading(client, false);
  deliver_mail();  // with the reason, while the connection is still known
  client.connection->close();
  client.leaving = true;
  close_if_done(client);
  return bytes.size();
}

void Listener::Hub::received(Client& client, std::string_view bytes) {
  client.asked = bytes.substr(handle_line(client, bytes));
  client.position = 0;
  go_on(client);
}

// Goes on with the bytes in `asked`; when all are handled, with reading.
void Listener::Hub::go_on(Client& client) {
  if (client.closed || client.leaving) return;
  const bool more = client.position < client.asked.size();
  const bool welcome = client.connection->wants_input();
  set_reading(client, welcome && !more);
  if (!welcome || !more) return;
  in_turn_.insert(client.id);
  uv_idle_start(&turn_, [](uv_idle_t* handle) { static_cast<Hub*>(handle->data)->take_turn(); });
}

void Listener::Hub::take_turn() {
  for (const ClientId id : std::exchange(in_turn_, {})) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) continue;
    Client& client = *found->second;
    guarded(&client, [&] {
      const std::string_view rest = std::string_view(client.asked).substr(client.position);
      client.position += handle_line(client, rest);
      if (client.position == client.asked.size()) client.asked = {}, client.position = 0;
      go_on(client);
    });
  }
  if (in_turn_.empty()) uv_idle_stop(&turn_);
}

void Listener::Hub::set_reading(Client& client, bool reading) {
  if (client.reading == reading || client.closed || client.leaving) return;
  client.reading = reading;
  if (!reading) {
    uv_read_stop(as_stream(&client.pipe));
  } else if (uv_read_start(as_stream(&client.pipe), on_allocate, on_read) != 0) {
    close_client(client);
  }
}

// --- Clients are answered ---

void Listener::Hub::deliver_mail() {
  for (auto& [id, lines] : mailbox_->take()) {
    const auto found = clients_.find(id);
    if (found != clients_.end()) write(*found->second, std::move(lines));
  }
}

void Listener::Hub::write(Client& client, Mailbox::Lines lines) {
  auto write = std::make_unique<Write>();
  write->client = &client;
  write->lines = std::move(lines);
  write->request.data = write.get();
  std::vector<uv_buf_t> buffers;
  buffers.reserve(write->lines.size());
  for (std::string& line : write->lines) {
    buffers.push_back(uv_buf_init(line.data(), static_cast<unsigned>(line.size())));
    write->bytes += line.size();
  }
  const int status = uv_write(&write->request, as_stream(&client.pipe), buffers.data(),
                              static_cast<unsigned>(buffers.size()), on_written);
  if (status != 0) return close_client(client);
  ++client.writes;
  (void)write.release();  // on_written takes it back
}

void Listener::Hub::on_written(uv_write_t* request, int status) {
  const std::unique_ptr<Write> write(static_cast<Write*>(request->data));
  Client& client = *write->client;
  client.hub->guarded(&client, [&] { client.hub->wrote(client, write->bytes, status); });
}

void Listener::Hub::wrote(Client& client, std::size_t bytes, int status) {
  --client.writes;
  if (client.closed) return;
  if (status != 0) return close_client(client);
  client.connection->written(bytes);
  go_on(client);
  close_if_done(client);
}

// --- Clients go ---

void Listener::Hub::close_client(Client& client) {
  if (std::exchange(client.closed, true)) return;
  client.connection->close();
  clients_.erase(client.id);
  uv_close(as_handle(&client.pipe), [](uv_handle_t* handle) {
    const std::unique_ptr<Client> gone(static_cast<Client*>(handle->data));
    gone->hub->handle_closed();
  });
  close_rest_if_empty();
}

void Listener::Hub::close_if_done(Client& client) {
  const bool done = client.leaving || (stopping_ && client.connection->idle());
  if (done && client.writes == 0) close_client(client);
}

void Listener::Hub::close_all() {
  while (!clients_.empty()) close_client(*clients_.begin()->second);
  close_rest_if_empty();
}

// --- The end ---

void Listener::Hub::stop(base::Nanos patience, std::function<void()> on_stopped) {
  if (stopping_) return;
  stopping_ = true;
  on_stopped_ = std::move(on_stopped);
  close_server(std::exchange(server_, nullptr));
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
  uv_timer_start(
      &timer_, [](uv_timer_t* handle) { static_cast<Hub*>(handle->data)->close_all(); },
      static_cast<std::uint64_t>(std::max<std::int64_t>(milliseconds.count(), 0)), 0);
  // Closing changes the map, so walk over a copy.
  for (const auto& [id, client] : std::map(clients_)) {
    client->connection->drain();
    close_if_done(*client);
  }
  close_rest_if_empty();
}

void Listener::Hub::abandon() {
  on_stopped_ = {};
  if (!std::exchange(stopping_, true)) close_server(std::exchange(server_, nullptr));
  close_all();
}

void Listener::Hub::close_rest_if_empty() {
  if (!stopping_ || !clients_.empty() || uv_is_closing(as_handle(&timer_)) != 0) return;
  mailbox_->close();
  close_handle(as_handle(&timer_));
  close_handle(as_handle(&turn_));
  if (uv_handle_get_type(as_handle(&wake_)) == UV_ASYNC) close_handle(as_handle(&wake_));
}

void Listener::Hub::close_handle(uv_handle_t* handle) {
  uv_close(handle, [](uv_handle_t* closed) { static_cast<Hub*>(closed->data)->handle_closed(); });
}

void Listener::Hub::close_server(uv_pipe_t* server) {
  if (server == nullptr) return;
  uv_close(as_handle(server), [](uv_handle_t* closed) {
    const std::unique_ptr<uv_pipe_t> gone(reinterpret_cast<uv_pipe_t*>(closed));
    static_cast<Hub*>(closed->data)->handle_closed();
  });
}

void Listener::Hub::handle_closed() {
  if (--open_handles_ > 0) return;
  const std::shared_ptr<Hub> last = std::exchange(self_, nullptr);
  if (on_stopped_) std::exchange(on_stopped_, {})();
}

// --- Listener ---

Listener::Listener(std::shared_ptr<Hub> hub) : hub_(std::move(hub)) {}

Result<std::unique_ptr<Listener>> Listener::start(uv_loop_s* loop, base::FileDescriptor socket,
                                                  ipc::Service& service, base::Log log,
                                                  ListenerOptions options) {
  auto hub = std::make_shared<Hub>(loop, service, std::move(log), std::move(options));
  VCS_TRY(hub->start(std::move(socket)));
  return std::unique_ptr<Listener>(new Listener(std::move(hub)));
}

Listener::~Listener() {
  hub_->abandon();
}
std::size_t Listener::clients() const {
  return hub_->clients();
}
Result<void> Listener::listen_at(base::FileDescriptor socket) {
  return hub_->listen_at(std::move(socket));
}
void Listener::stop(base::Nanos patience, std::function<void()> on_stopped) {
  hub_->stop(patience, std::move(on_stopped));
}

}  // namespace vcs::agent::doors
