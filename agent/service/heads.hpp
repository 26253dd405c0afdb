// SPDX-License-Identifier: Apache-2.0
// Describes heads of remotes for answers.
#pragma once

#include <set>
#include <string>

#include "agent/agent.hpp"
#include "core/sync/remote_heads.hpp"
#include "ipc/messages/remotes.hpp"

namespace vcs::agent::service {

// The devices of this agent's repositories. Loop thread only.
std::set<std::string> devices_here(const Agent& agent);

ipc::HeadInfo head_info(const sync::RemoteHead& head, const std::set<std::string>& devices_here);

}  // namespace vcs::agent::service
