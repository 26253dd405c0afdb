// SPDX-License-Identifier: Apache-2.0
// The service manager's description of the agent, from the templates that are also installed. Pure.
#pragma once

#include <optional>
#include <string>

namespace vcs::cli {

// `folder`: of the program vcsd. `home`: what --home shall be, if anything.
std::string systemd_unit(const std::string& folder, const std::optional<std::string>& home);
// Whether a systemd unit, made by the function above or brought by a package, is for `home`.
bool unit_is_for(const std::string& text, const std::optional<std::string>& home);
std::string launchd_plist(const std::string& folder, const std::optional<std::string>& home);

}  // namespace vcs::cli
