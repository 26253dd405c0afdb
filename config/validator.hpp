// SPDX-License-Identifier: Apache-2.0
// Checks conditions between several values, beyond the bounds of each.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace vcs::config {

struct Violation {
  std::vector<std::string> keys;  // the options involved; the first is the one to change
  std::string message;            // a sentence about them, with what to do
};

std::vector<Violation> validate(const Settings& settings);

}  // namespace vcs::config
