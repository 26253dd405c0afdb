// SPDX-License-Identifier: Apache-2.0
// What must hold between values, beyond each value's own bounds.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace vcs::config {

struct Violation {
  std::vector<std::string> keys;  // the options involved, the one to change first
  std::string message;            // a sentence about them, with what to do
};

std::vector<Violation> validate(const Settings& settings);

}  // namespace vcs::config
