// SPDX-License-Identifier: Apache-2.0
// Compares two settings by the option table.
#include "config/reload.hpp"

#include "config/option_table.hpp"

namespace vcs::config {

Reload reload(const Settings& running, const Settings& fresh) {
  Reload result{running, {}, {}};
  for (const Option& option : options()) {
    const Value value = option.field.get(fresh);
    if (value == option.field.get(running)) continue;
    if (option.reloads) option.field.set(result.settings, value);
    (option.reloads ? result.changed : result.needs_restart).emplace_back(option.key);
  }
  return result;
}

}  // namespace vcs::config
