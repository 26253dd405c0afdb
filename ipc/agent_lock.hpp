// SPDX-License-Identifier: Apache-2.0
// What the agent's lock says of who holds it: which process, since when, and where it listens. So
// an agent is found by its home, whatever environment it was started in. docs/format/agent_lock.md
//
// Nothing in the file decides whether an agent runs: the kernel's lock does. A text that cannot be
// read, or that an older version wrote, only tells less.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/filesystem.hpp"
#include "core/base/names.hpp"

namespace vcs::ipc {

// In the data folder: held by the agent from its start to its very end, so a free one means that no
// agent runs.
inline constexpr const char* kAgentLock = "agent.lock";

enum class AgentState { starting, running, stopping };
constexpr auto names_of(AgentState) {
  using enum AgentState;
  return base::names<AgentState>(
      {{starting, "starting"}, {running, "running"}, {stopping, "stopping"}});
}

struct AgentLock {
  pid_t pid = 0;            // 0: not told
  std::uint64_t start = 0;  // process_start() of it; 0: not told
  AgentState state = AgentState::running;
  std::string socket;  // where it listens; "": not told
  bool operator==(const AgentLock&) const = default;
};

std::string agent_lock_text(const AgentLock& lock);
// Of any bytes. Reads what version 0.1.0 wrote as well.
AgentLock parse_agent_lock(std::string_view text);

// Replaces what the held lock says.
Result<void> write_agent_lock(base::File& held, const AgentLock& lock);

// Who holds the lock of the home `data`; nothing when nobody does. Changes nothing there.
Result<std::optional<AgentLock>> agent_lock_holder(const std::string& data);

// When a process was started, in the system's own count, so that a number that was given to
// another process is not taken for the first; 0 where that cannot be told.
std::uint64_t process_start(pid_t process);

enum class Proof {
  none,     // nothing is known of that process here: another machine or container, or not told
  alive,    // it is that very process
  stopped,  // it is, and something keeps it from running: SIGSTOP, a debugger
};
Proof prove(const AgentLock& lock);

// "process 17", for messages.
std::string holder_name(const AgentLock& lock);
// What to do about an agent that took a connection and did not answer. Nobody is advised to end a
// process that is not proved to be the agent.
std::string silent_agent_text(const AgentLock& lock);

}  // namespace vcs::ipc
