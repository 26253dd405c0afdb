// SPDX-License-Identifier: Apache-2.0
// Writes the service manager's unit for the agent, from the templates that CMake also installs.
// Pure.
#pragma once

#include <optional>
#include <string>

namespace vcs::cli {

// `folder`: where the program vcsd lies. `home`: the value for --home, if the unit needs one.
std::string systemd_unit(const std::string& folder, const std::optional<std::string>& home);
// Whether a systemd unit, from the function above or from a package, is for `home`.
bool unit_is_for(const std::string& text, const std::optional<std::string>& home);
std::string launchd_plist(const std::string& folder, const std::optional<std::string>& home);

}  // namespace vcs::cli
