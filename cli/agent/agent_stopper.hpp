// SPDX-License-Identifier: Apache-2.0
// Stops the agent and waits until its process has exited.
#pragma once

#include "cli/context.hpp"

namespace vcs::cli {

Result<void> stop_agent(const Context& context, ipc::Client& client);

}  // namespace vcs::cli
