// SPDX-License-Identifier: Apache-2.0
// Ends the agent, and waits until it is gone.
#pragma once

#include "cli/context.hpp"

namespace vcs::cli {

Result<void> stop_agent(const Context& context, ipc::Client& client);

}  // namespace vcs::cli
