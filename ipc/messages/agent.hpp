// SPDX-License-Identifier: Apache-2.0
// Messages about the agent itself: hello, events, doctor, reload, stop.
#pragma once

#include <string>
#include <vector>

#include "ipc/messages/common.hpp"
#include "ipc/method.hpp"

namespace vcs::ipc {

// --- hello: the first message on every connection ---
struct HelloRequest {
  std::string client;  // "vcsctl 0.1.0"
  std::vector<std::string> features;
  VCS_FIELDS(client, features)
};
struct HelloResponse {
  std::string version;
  Count protocol = 1;
  Count pid = 0;
  std::vector<std::string> features;
  Time time{};  // now, by the agent's clock, which also dates the commits
  VCS_FIELDS(version, protocol, pid, features, time)
};
struct Hello {
  static constexpr auto kName = "hello";
  using Request = HelloRequest;
  using Response = HelloResponse;
};

// --- events: a stream that ends with the connection ---
struct EventsRequest {
  std::string repository;  // "": all
  VCS_FIELDS(repository)
};
struct EventInfo {
  Time time{};
  std::string repository;
  std::string event;  // commit, state, remote, problem, audit, alarm, agent
  std::string text;   // for people
  std::string id;     // of a commit
  VCS_FIELDS(time, repository, event, text, id)
};
struct Events {
  static constexpr auto kName = "events";
  using Request = EventsRequest;
  using Item = EventInfo;
  using Response = StreamEnd;
  static constexpr auto kWhenFull = WhenFull::end;
};

// --- doctor ---
struct DoctorRequest {
  VCS_FIELDS()
};
struct DoctorCheck {
  std::string name;
  CheckResult result = CheckResult::ok;
  std::string detail, advice;
  VCS_FIELDS(name, result, detail, advice)
};
struct DoctorResponse {
  std::vector<DoctorCheck> checks;
  VCS_FIELDS(checks)
};
struct Doctor {
  static constexpr auto kName = "doctor";
  using Request = DoctorRequest;
  using Response = DoctorResponse;
};

// --- reload: of the configuration ---
struct ReloadRequest {
  VCS_FIELDS()
};
struct Reload {
  static constexpr auto kName = "reload";
  using Request = ReloadRequest;
  using Response = Empty;
};

// --- stop ---
struct StopRequest {
  VCS_FIELDS()
};
struct Stop {
  static constexpr auto kName = "stop";
  using Request = StopRequest;
  using Response = Empty;
};

}  // namespace vcs::ipc
