// SPDX-License-Identifier: Apache-2.0
// The variables that a service manager sets for the process that it starts. All descendants of a
// service inherit them (a terminal, a shell, an agent): variables of another service do not count.
#pragma once

#include <string>

#include "core/base/clock.hpp"

namespace vcs::agent::process {

struct ManagerEnvironment {
  bool managed = false;       // a service manager started this very process
  std::string notify_socket;  // "" if the manager does not listen
  base::Nanos watchdog{0};    // we must report within this time; 0: no watchdog
  bool journal = false;       // standard error is the journal
};

// Reads the variables and removes them from the environment: a process that the agent starts is not
// the service. To be called before any thread is started.
ManagerEnvironment take_manager_environment();

}  // namespace vcs::agent::process
