// SPDX-License-Identifier: Apache-2.0
// Waiting until copies are where they belong.
#pragma once

#include "agent/agent.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::agent::service {

using Unsynced = std::vector<ipc::UnsyncedRemote>;

// Copies what is committed now of all `repositories`, and calls `done` with the remotes that have
// not got it: at the latest after `patience` (0: however long it takes). Copying goes on behind it.
void await_remotes(Agent& agent, const std::vector<Agent::RepositoryPtr>& repositories,
                   base::Nanos patience, std::function<void(const ipc::Progress&)> progress,
                   std::function<void(Unsynced)> done);

}  // namespace vcs::agent::service
