// SPDX-License-Identifier: Apache-2.0
// Finds the agent of a home: at the socket that this environment tells of, else at the one that the
// agent wrote into its lock. So cron, ssh, su and a service of the system, which have other
// environments, all find the one agent.
#pragma once

#include <string>

#include "core/base/clock.hpp"
#include "ipc/client.hpp"

namespace vcs::cli {

struct AgentPlaces {
  std::string socket;  // where this environment would have it
  std::string data;    // the home
  std::string log;     // for messages
  // `socket` is in a session's runtime directory, which may be another person's (`su`).
  bool of_session = false;
};

// `unavailable`: no agent runs. `busy`: one runs and cannot be reached; the message names it and
// says what to do. One that is about to leave, or has not begun to listen, is waited for.
Result<ipc::Client> find_agent(const base::Clock& clock, const AgentPlaces& places);

}  // namespace vcs::cli
