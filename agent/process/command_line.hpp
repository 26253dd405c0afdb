// SPDX-License-Identifier: Apache-2.0
// The command line of vcsd.
#pragma once

#include <optional>
#include <string>

namespace vcs::agent::process {

struct CommandLine {
  std::optional<std::string> home;
  bool foreground = false;
};

// Ends the process after --help and --version, and with status 2 after a mistake.
CommandLine parse_command_line(int argc, char** argv);

}  // namespace vcs::agent::process
