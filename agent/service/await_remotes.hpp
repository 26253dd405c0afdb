// SPDX-License-Identifier: Apache-2.0
// Waits until the remotes have all saves.
#pragma once

#include "agent/agent.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::agent::service {

using Unsynced = std::vector<ipc::UnsyncedRemote>;

// Pushes the present commits of all `repositories`, and calls `done` with the remotes that do not
// have them: at the latest after `patience` (0: no limit). Pushes that still run go on after that.
void await_remotes(Agent& agent, const std::vector<Agent::RepositoryPtr>& repositories,
                   base::Nanos patience, std::function<void(const ipc::Progress&)> progress,
                   std::function<void(Unsynced)> done);

}  // namespace vcs::agent::service
