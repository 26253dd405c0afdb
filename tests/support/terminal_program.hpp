// SPDX-License-Identifier: Apache-2.0
// Runs a program in a terminal, with the input that a person types.
#pragma once

#include <string>
#include <vector>

#include "tests/support/real_agent.hpp"

namespace vcs::test {

// Runs the command to its end. `typed` waits in the terminal until it is read; `out` gets all that
// is shown.
CommandResult run_in_terminal(const std::vector<std::string>& command, const std::string& typed);

}  // namespace vcs::test
