// SPDX-License-Identifier: Apache-2.0
// Finds the agent of a home: at the socket that this environment names, else at the socket in the
// agent's lock. So cron, ssh, su and a system service, which have other environments, all find the
// one agent.
#pragma once

#include <string>

#include "core/base/clock.hpp"
#include "ipc/client.hpp"

namespace vcs::cli {

struct AgentPlaces {
  std::string socket;  // the socket's path in this environment
  std::string data;    // the home
  std::string log;     // the log's path, for messages
  // `socket` is in a session's runtime directory, which may belong to another person (`su`).
  bool of_session = false;
};

// `unavailable`: no agent runs. `busy`: an agent runs and cannot be reached; the message names it
// and says what to do. Waits for an agent that is stopping or does not listen yet.
Result<ipc::Client> find_agent(const base::Clock& clock, const AgentPlaces& places);

}  // namespace vcs::cli
