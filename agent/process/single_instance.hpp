// SPDX-License-Identifier: Apache-2.0
// One agent for each home.
#pragma once

#include <memory>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"
#include "ipc/agent_lock.hpp"

namespace vcs::agent::process {

// How long an agent that was told to stop may take.
constexpr base::Nanos kStopPatience = std::chrono::milliseconds(4500);

// The lock that makes this the agent of the home `data`, until it is dropped. It names this process
// and `socket`, where it will answer. Waits for one that is about to leave, or has not begun to
// listen. `busy`: another one runs and is well, as far as can be told; `unavailable`: one that can
// be reached nowhere and does not leave.
Result<std::unique_ptr<base::File>> become_single_instance(base::FileSystem& filesystem,
                                                           const std::string& data,
                                                           const std::string& socket,
                                                           const base::Clock& clock);

// What the lock of this process says.
ipc::AgentLock own_lock(ipc::AgentState state, const std::string& socket);

}  // namespace vcs::agent::process
