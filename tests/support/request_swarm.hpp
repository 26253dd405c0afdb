// SPDX-License-Identifier: Apache-2.0
// Many clients of the agent's socket in one thread: opens connections, keeps requests in flight on
// any of them, and measures each answer. It has its own code of the protocol, shared with no side.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vcs::test {

class RequestSwarm {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RequestSwarm(std::string socket_path);
  ~RequestSwarm();
  RequestSwarm(const RequestSwarm&) = delete;
  RequestSwarm& operator=(const RequestSwarm&) = delete;

  void connect(std::size_t count);  // opens `count` more and waits for the answers to hello
  std::size_t connections() const { return connections_.size(); }

  // `params` is a JSON object. Returns at once.
  void send(std::size_t connection, const std::string& method, const std::string& params);
  // Takes answers until nothing is in flight or `until` has passed; true: nothing is in flight.
  bool collect(Time until);
  std::size_t in_flight() const { return in_flight_; }

  struct Tally {
    std::vector<double> milliseconds;  // of each answer
    std::uint64_t errors = 0;          // answers that were errors
    std::string an_error;
    double percentile(double share);  // 0.99
  };
  std::map<std::string, Tally>& tallies() { return tallies_; }  // by method

 private:
  struct Connection {
    int fd = -1;
    std::uint64_t last_id = 0;
    std::string unread, unsent;
    struct Request {
      std::string method;
      Time sent;
    };
    std::map<std::uint64_t, Request> requests;
  };
  void flush(std::size_t connection);
  void receive(std::size_t connection);
  void take_line(Connection& connection, std::string_view line);
  void listen(std::size_t connection, bool for_room);

  std::string socket_path_;
  int poller_;
  std::vector<Connection> connections_;
  std::size_t in_flight_ = 0;
  std::map<std::string, Tally> tallies_;
};

}  // namespace vcs::test
