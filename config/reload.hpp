// SPDX-License-Identifier: Apache-2.0
// What a running agent may take over from a file that was read again (SIGHUP).
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace vcs::config {

struct Reload {
  Settings settings;                 // the running ones with every change that may be taken over
  std::vector<std::string> changed;  // keys taken over
  std::vector<std::string> needs_restart;  // keys that differ and stay as they run
};

Reload reload(const Settings& running, const Settings& fresh);

}  // namespace vcs::config
