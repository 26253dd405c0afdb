// SPDX-License-Identifier: Apache-2.0
// A program in a terminal, with what a person types there.
#pragma once

#include <string>
#include <vector>

#include "tests/support/real_agent.hpp"

namespace vcs::test {

// Runs it to its end. `typed` waits in the terminal until it is read; all that is shown is in
// `out`.
CommandResult run_in_terminal(const std::vector<std::string>& command, const std::string& typed);

}  // namespace vcs::test
