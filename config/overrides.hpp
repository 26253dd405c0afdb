// SPDX-License-Identifier: Apache-2.0
// Values from environment variables. They win over the file, in every repository.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/option_table.hpp"

namespace vcs::config {

// Name to value. Passed in, so that nothing below the mains looks at the process.
using Environment = std::map<std::string, std::string>;

// From main's `environ`: NAME=value strings, ended by a null pointer.
Environment environment_from(const char* const* variables);
// "" where it is not set.
std::string variable(const Environment& environment, const std::string& name);

struct Override {
  const Option* option = nullptr;
  Value value;
};

struct Overrides {
  std::vector<Override> values;
  std::vector<std::string> problems;  // "VCSD_WATCH_SETTLE_QUIET: must be …"
  std::vector<std::string> warnings;  // variables that look like ours and are none
};

// An empty variable counts as not set.
Overrides read_overrides(const Environment& environment);

}  // namespace vcs::config
