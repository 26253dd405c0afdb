// SPDX-License-Identifier: Apache-2.0
// Parses the words of a command line into an Invocation. The only user of CLI11.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/line/invocation.hpp"

namespace vcs::cli {

struct Parsed {
  std::optional<Invocation> invocation;
  // Without an invocation, the text to print: the help that was asked for, or what is wrong.
  std::string help, problem;
};

// `words`: without the program's name. `width`: the columns of the help.
Parsed parse_command_line(const std::vector<std::string>& words, std::size_t width = 80);

}  // namespace vcs::cli
