// SPDX-License-Identifier: Apache-2.0
// Finds the changes that a running agent may take over when it reads the file again (SIGHUP).
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace vcs::config {

struct Reload {
  Settings settings;                 // the running ones with every change that may be taken over
  std::vector<std::string> changed;  // keys taken over
  std::vector<std::string> needs_restart;  // keys that differ and keep their running value
};

Reload reload(const Settings& running, const Settings& fresh);

}  // namespace vcs::config
