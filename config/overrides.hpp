// SPDX-License-Identifier: Apache-2.0
// Reads values from environment variables. They override the file, in every repository.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/option_table.hpp"

namespace vcs::config {

// Maps name to value. main() passes it in, so that no code below reads the process's environment.
using Environment = std::map<std::string, std::string>;

// From main's `environ`: NAME=value strings, ended by a null pointer.
Environment environment_from(const char* const* variables);
// "" if the variable is not set.
std::string variable(const Environment& environment, const std::string& name);

struct Override {
  const Option* option = nullptr;
  Value value;
};

struct Overrides {
  std::vector<Override> values;
  std::vector<std::string> problems;  // "VCSD_WATCH_SETTLE_QUIET: must be …"
  std::vector<std::string> warnings;  // variables that look like options but name none
};

// An empty variable counts as not set.
Overrides read_overrides(const Environment& environment);

}  // namespace vcs::config
