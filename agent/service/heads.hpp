// SPDX-License-Identifier: Apache-2.0
// Describes heads of remotes for answers.
#pragma once

#include <set>
#include <string>

#include "ipc/messages/remotes.hpp"

namespace vcs::sync {
struct RemoteHead;
}
namespace vcs::agent {
class Agent;
}

namespace vcs::agent::service {

// The devices of this agent's repositories. Loop thread only.
std::set<std::string> devices_here(const Agent& agent);

ipc::HeadInfo head_info(const sync::RemoteHead& head, const std::set<std::string>& devices_here);

}  // namespace vcs::agent::service
