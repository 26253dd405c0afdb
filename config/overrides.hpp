// SPDX-License-Identifier: Apache-2.0
// Reads values from environment variables. They override the file, in every repository.
#pragma once

#include <string>
#include <vector>

#include "config/environment.hpp"
#include "config/option_table.hpp"

namespace vcs::config {

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
