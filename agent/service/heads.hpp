// SPDX-License-Identifier: Apache-2.0
// Heads of remotes, as the requests about them tell them.
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

// The devices that the repositories of this agent are. Loop thread only.
std::set<std::string> devices_here(const Agent& agent);

ipc::HeadInfo head_info(const sync::RemoteHead& head, const std::set<std::string>& devices_here);

}  // namespace vcs::agent::service
