// SPDX-License-Identifier: Apache-2.0
// From the words of a command line to an Invocation. The only user of CLI11.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/line/invocation.hpp"

namespace vcs::cli {

struct Parsed {
  std::optional<Invocation> invocation;
  // Without an invocation: what to print. Help was asked for, or the line was wrong.
  std::string help, problem;
};

// `words` without the program's name. `width`: of the help.
Parsed parse_command_line(const std::vector<std::string>& words, std::size_t width = 80);

}  // namespace vcs::cli
