// SPDX-License-Identifier: Apache-2.0
// Reads and writes the text of the agent's lock file: the agent's process, its start time and its
// socket. A client finds the agent by its home, whatever environment the agent was started in.
// docs/format/agent_lock.md
//
// The kernel's lock alone decides whether an agent runs, not the text. A text that is damaged, or
// that an older version wrote, only gives fewer fields.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/filesystem.hpp"
#include "core/base/names.hpp"

namespace vcs::ipc {

// The lock file's name in the data folder. The agent holds the lock from its start to its very end,
// so a free lock means that no agent runs.
inline constexpr const char* kAgentLock = "agent.lock";

enum class AgentState { starting, running, stopping };
constexpr auto names_of(AgentState) {
  using enum AgentState;
  return base::names<AgentState>(
      {{starting, "starting"}, {running, "running"}, {stopping, "stopping"}});
}

struct AgentLock {
  pid_t pid = 0;            // 0: not known
  std::uint64_t start = 0;  // process_start() of `pid`; 0: not known
  AgentState state = AgentState::running;
  std::string socket;  // path of the socket on which the agent listens; "": not known
  bool operator==(const AgentLock&) const = default;
};

std::string agent_lock_text(const AgentLock& lock);
// Total: any bytes give an AgentLock. Also reads the text of version 0.1.0.
AgentLock parse_agent_lock(std::string_view text);

// Replaces the text of the lock file that the caller holds.
Result<void> write_agent_lock(base::File& held, const AgentLock& lock);

// The text of the lock in the home `data`, if a process holds it; nullopt if none does. Changes
// nothing there.
Result<std::optional<AgentLock>> agent_lock_holder(const std::string& data);

// The start time of a process, in the system's own units; 0 where it is not known. Pid and start
// time together name one process, because the system gives a pid again.
std::uint64_t process_start(pid_t process);

enum class Proof {
  none,     // no such process here (another machine or container), or the lock does not name one
  alive,    // the process is the one that the lock names
  stopped,  // the same, but SIGSTOP or a debugger has stopped it
};
Proof prove(const AgentLock& lock);

// "process 17", for messages.
std::string holder_name(const AgentLock& lock);
// Tells a person what to do about an agent that took a connection and did not answer. It advises to
// end a process only if that process is proved to be the agent.
std::string silent_agent_text(const AgentLock& lock);

}  // namespace vcs::ipc
