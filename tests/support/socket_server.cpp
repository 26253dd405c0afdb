// SPDX-License-Identifier: Apache-2.0
// Serves a real socket with a small poll loop, in a thread.
#include "tests/support/socket_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace vcs::test {
namespace {

// Lines wait here for the loop; a byte in the pipe wakes it.
class Mailbox final : public ipc::Output {
 public:
  explicit Mailbox(int wake) : wake_(wake) {}
  void write(std::string lines) override {
    const std::lock_guard lock(mutex_);
    lines_ += lines;
    wake();
  }
  std::string take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }
  void wake() const {
    // If the pipe is full, the loop wakes anyway.
    if (::write(wake_, "x", 1) < 0) return;
  }

 private:
  std::mutex mutex_;
  std::string lines_;
  int wake_;
};

}  // namespace

class SocketServer::Loop {
 public:
  Loop(ipc::Service& service, base::FileDescriptor socket, ipc::ConnectionLimits limits)
      : socket_(std::move(socket)) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    woken_.reset(ends[0]);
    wake_.reset(ends[1]);
    mailbox_ = std::make_shared<Mailbox>(wake_.get());
    connection_ = std::make_unique<ipc::Connection>(service, mailbox_, limits);
    thread_ = std::thread([this] { run(); });
  }
  ~Loop() {
    stopping_ = true;
    mailbox_->wake();
    thread_.join();
  }

 private:
  void run() {
    while (!stopping_ && turn()) {
    }
    connection_->close();
    socket_.reset();
  }

  bool turn() {
    const bool reading = connection_->wants_input() && !hopeless_;
    const int events = (reading ? POLLIN : 0) | (unsent_.empty() ? 0 : POLLOUT);
    std::array<pollfd, 2> polled{pollfd{socket_.get(), static_cast<short>(events), 0},
                                 pollfd{woken_.get(), POLLIN, 0}};
    if (poll(polled.data(), polled.size(), -1) < 0) return false;
    std::array<char, 4096> bytes;
    while (read(woken_.get(), bytes.data(), bytes.size()) > 0) {
    }
    unsent_ += mailbox_->take();
    if (!send_some()) return false;
    if (hopeless_ && unsent_.empty()) return false;
    if (!reading || polled[0].revents == 0) return true;
    const ssize_t count = recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) return false;
    hopeless_ = !connection_->receive({bytes.data(), static_cast<std::size_t>(count)});
    return true;
  }

  bool send_some() {
    if (unsent_.empty()) return true;
    const ssize_t count =
        send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    unsent_.erase(0, static_cast<std::size_t>(count));
    connection_->written(static_cast<std::size_t>(count));
    return true;
  }

  base::FileDescriptor socket_, woken_, wake_;
  std::shared_ptr<Mailbox> mailbox_;
  std::unique_ptr<ipc::Connection> connection_;
  std::string unsent_;
  bool hopeless_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

SocketServer::SocketServer(ipc::Service& service, ipc::ConnectionLimits limits) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::runtime_error("socketpair");
  client_.reset(ends[0]);
  loop_ = std::make_unique<Loop>(service, base::FileDescriptor(ends[1]), limits);
}

SocketServer::~SocketServer() = default;

base::FileDescriptor SocketServer::take_client() {
  return std::move(client_);
}
void SocketServer::die() {
  loop_.reset();
}

}  // namespace vcs::test
