// SPDX-License-Identifier: Apache-2.0
// Does the machine run on its battery?
#pragma once

#include "core/base/filesystem.hpp"

namespace vcs::agent::schedule {

inline constexpr const char* kPowerSupplies = "/sys/class/power_supply";

// On Linux `folder` shows it: true if a battery of the machine (not of a mouse) is being discharged
// and no plugged-in supply is online. False where the system shows nothing (desktops, containers,
// macOS). On macOS the background class of the thread makes the system save the battery.
bool is_on_battery(base::FileSystem& filesystem, const std::string& folder = kPowerSupplies);

}  // namespace vcs::agent::schedule
