// SPDX-License-Identifier: Apache-2.0
// Reads the installed units; asks no service manager.
#include "cli/agent/session_start.hpp"

#include "cli/agent/service_manager.hpp"

namespace vcs::cli {

bool starts_with_session(const Context& context) {
  const auto manager = ServiceManager::of(context.environment(), context.filesystem());
  const auto paths = context.paths();
  if (!manager || !paths) return false;
  const auto home = service_home(context.environment(), *paths, context.line().has("--home"));
  return manager->has_unit_for(home) || (!home && manager->has_system_unit());
}

}  // namespace vcs::cli
