// SPDX-License-Identifier: Apache-2.0
// Reaches the agent, and starts one when none runs.
#pragma once

#include <optional>
#include <string>

#include "cli/context.hpp"

namespace vcs::cli {

// `home`: the value of --home, handed on to the agent.
Result<ipc::Client> connect_to_agent(const base::Clock& clock, base::FileSystem& filesystem,
                                     const config::Environment& environment,
                                     const config::Paths& paths,
                                     const std::optional<std::string>& home, Start start);

// The agent's program: beside our own, else on PATH. `not_found` says where it was looked for.
Result<std::string> find_agent_program(const config::Environment& environment);

// The path of the running program; "" where the system does not tell.
std::string own_program();

}  // namespace vcs::cli
