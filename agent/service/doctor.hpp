// SPDX-License-Identifier: Apache-2.0
// Checks this machine and this agent, and gives a person advice that can be pasted.
#pragma once

#include <vector>

#include "ipc/messages/agent.hpp"

namespace vcs::ipc {
struct RepositoryStatus;
}
namespace vcs::agent {
class Agent;
}

namespace vcs::agent::service {

// Checks limits, space, permissions and the given states. Blocks; not for the loop.
std::vector<ipc::DoctorCheck> examine(Agent& agent,
                                      const std::vector<ipc::RepositoryStatus>& repositories);

}  // namespace vcs::agent::service
