// SPDX-License-Identifier: Apache-2.0
// Connects to the agent, and starts one if none runs.
#pragma once

#include <optional>
#include <string>

#include "cli/context.hpp"

namespace vcs::cli {

// `home`: the value of --home, which the new agent gets too.
Result<ipc::Client> connect_to_agent(const base::Clock& clock, base::FileSystem& filesystem,
                                     const config::Environment& environment,
                                     const config::Paths& paths,
                                     const std::optional<std::string>& home, Start start);

// Finds the agent's program: beside our own, else on PATH. `not_found` names the places searched.
Result<std::string> find_agent_program(const config::Environment& environment);

// The path of the running program; "" if the system does not give it.
std::string own_program();

}  // namespace vcs::cli
