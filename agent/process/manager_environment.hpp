// SPDX-License-Identifier: Apache-2.0
// What a service manager tells the process that it starts. The variables are inherited by
// everything that is started from a service: a terminal, an editor, the agent. Those of another are
// not ours.
#pragma once

#include <string>

#include "core/base/clock.hpp"

namespace vcs::agent::process {

struct ManagerEnvironment {
  bool managed = false;       // a service manager started this very process
  std::string notify_socket;  // "" where nobody listens
  base::Nanos watchdog{0};    // it wants to hear from us within this time; 0: it does not
  bool journal = false;       // standard error is the journal
};

// Takes the variables out of the environment: what the agent starts is nobody's service. Before any
// thread is started.
ManagerEnvironment take_manager_environment();

}  // namespace vcs::agent::process
