// SPDX-License-Identifier: Apache-2.0
// Ensures that a home has one agent.
#pragma once

#include <memory>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"
#include "ipc/agent_lock.hpp"

namespace vcs::agent::process {

// How long an agent that was told to stop may take.
constexpr base::Nanos kStopPatience = std::chrono::milliseconds(4500);

// Takes the lock that makes this process the agent of the home `data`, until the lock is dropped.
// The lock names this process and `socket`, where it will answer. Waits for another agent that
// stops or has not begun to listen. `busy`: another agent runs and listens. `unavailable`: another
// agent holds the lock, listens nowhere and does not end.
Result<std::unique_ptr<base::File>> become_single_instance(base::FileSystem& filesystem,
                                                           const std::string& data,
                                                           const std::string& socket,
                                                           const base::Clock& clock);

// The content of this process's lock.
ipc::AgentLock own_lock(ipc::AgentState state, const std::string& socket);

}  // namespace vcs::agent::process
