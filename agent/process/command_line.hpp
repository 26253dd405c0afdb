// SPDX-License-Identifier: Apache-2.0
// What vcsd is started with.
#pragma once

#include <optional>
#include <string>

namespace vcs::agent::process {

struct CommandLine {
  std::optional<std::string> home;
  bool foreground = false;
};

// Ends the process for --help and --version, and for mistakes with status 2.
CommandLine parse_command_line(int argc, char** argv);

}  // namespace vcs::agent::process
