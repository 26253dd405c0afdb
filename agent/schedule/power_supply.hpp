// SPDX-License-Identifier: Apache-2.0
// Does the machine run on its battery?
#pragma once

#include "core/base/filesystem.hpp"

namespace vcs::agent::schedule {

inline constexpr const char* kPowerSupplies = "/sys/class/power_supply";

// Linux tells in `folder`: yes if a battery of the machine (not of a mouse) is being discharged and
// no supply that is plugged in feeds it. Where nothing is told (desktops, containers, macOS): no.
// On macOS the background class of the thread does what is right on a battery.
bool is_on_battery(base::FileSystem& filesystem, const std::string& folder = kPowerSupplies);

}  // namespace vcs::agent::schedule
