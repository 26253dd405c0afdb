// SPDX-License-Identifier: Apache-2.0
// Serves non-blocking sockets with one epoll descriptor.
#include "tests/support/request_swarm.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace vcs::test {
namespace {

constexpr std::size_t kMostReady = 256;

[[noreturn]] void give_up(const char* what) {
  throw std::runtime_error(std::string("request swarm: ") + what + ": " + std::strerror(errno));
}

}  // namespace

double RequestSwarm::Tally::percentile(double share) {
  if (milliseconds.empty()) return 0;
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto at = static_cast<std::size_t>(share * static_cast<double>(milliseconds.size()));
  return milliseconds[std::min(at, milliseconds.size() - 1)];
}

RequestSwarm::RequestSwarm(std::string socket_path)
    : socket_path_(std::move(socket_path)), poller_(epoll_create1(EPOLL_CLOEXEC)) {
  if (poller_ < 0) give_up("epoll");
}

RequestSwarm::~RequestSwarm() {
  for (const Connection& connection : connections_) close(connection.fd);
  close(poller_);
}

void RequestSwarm::connect(std::size_t count) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path_.c_str(), sizeof address.sun_path - 1);
  for (; count > 0; --count) {
    // A blocking connect() waits while the queue of connections is full.
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      give_up("connect");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    connections_.emplace_back().fd = fd;
    epoll_event event{EPOLLIN, {.u64 = connections_.size() - 1}};
    if (epoll_ctl(poller_, EPOLL_CTL_ADD, fd, &event) != 0) give_up("epoll_ctl");
    send(connections_.size() - 1, "hello", R"({"client":"a swarm"})");
    const Time patience = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    if ((in_flight_ >= 100 || count == 1) && !collect(patience)) give_up("hello");
  }
}

void RequestSwarm::send(std::size_t connection, const std::string& method,
                        const std::string& params) {
  Connection& to = connections_[connection];
  const std::uint64_t id = ++to.last_id;
  to.unsent += R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method +
               R"(","params":)" + params + "}\n";
  to.requests[id] = {method, std::chrono::steady_clock::now()};
  ++in_flight_;
  flush(connection);
}

void RequestSwarm::flush(std::size_t connection) {
  Connection& to = connections_[connection];
  while (!to.unsent.empty()) {
    const ssize_t sent = ::send(to.fd, to.unsent.data(), to.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) give_up("send");
    if (sent < 0) break;
    to.unsent.erase(0, static_cast<std::size_t>(sent));
  }
  listen(connection, !to.unsent.empty());
}

void RequestSwarm::listen(std::size_t connection, bool for_room) {
  epoll_event event{EPOLLIN | (for_room ? std::uint32_t{EPOLLOUT} : 0), {.u64 = connection}};
  epoll_ctl(poller_, EPOLL_CTL_MOD, connections_[connection].fd, &event);
}

bool RequestSwarm::collect(Time until) {
  epoll_event ready[kMostReady];
  while (in_flight_ > 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    const int count = epoll_wait(poller_, ready, kMostReady, static_cast<int>(left.count()));
    for (int i = 0; i < count; ++i) {
      if (ready[i].events & EPOLLOUT) flush(ready[i].data.u64);
      if (ready[i].events & (EPOLLIN | EPOLLHUP)) receive(ready[i].data.u64);
    }
  }
  return true;
}

void RequestSwarm::receive(std::size_t connection) {
  Connection& from = connections_[connection];
  char buffer[65536];
  const ssize_t got = read(from.fd, buffer, sizeof buffer);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) give_up("the agent closed a connection");
  from.unread.append(buffer, static_cast<std::size_t>(got));
  std::size_t start = 0;
  for (std::size_t end; (end = from.unread.find('\n', start)) != std::string::npos; start = end + 1)
    take_line(from, std::string_view(from.unread).substr(start, end - start));
  from.unread.erase(0, start);
}

// An answer begins with its id; other lines are items or progress. The line is parsed by hand,
// because the time that parsing takes counts as the agent's.
void RequestSwarm::take_line(Connection& connection, std::string_view line) {
  constexpr std::string_view kAnswer = R"({"jsonrpc":"2.0","id":)";
  if (!line.starts_with(kAnswer)) return;
  line.remove_prefix(kAnswer.size());
  const std::uint64_t id = std::strtoull(std::string(line.substr(0, 20)).c_str(), nullptr, 10);
  const auto found = connection.requests.find(id);
  if (found == connection.requests.end()) throw std::runtime_error("an answer nobody asked for");
  Tally& tally = tallies_[found->second.method];
  const std::chrono::duration<double, std::milli> took =
      std::chrono::steady_clock::now() - found->second.sent;
  tally.milliseconds.push_back(took.count());
  if (line.substr(0, 40).find(R"(,"error":)") != std::string_view::npos) {
    ++tally.errors;
    tally.an_error = line;
  }
  connection.requests.erase(found);
  --in_flight_;
}

}  // namespace vcs::test
