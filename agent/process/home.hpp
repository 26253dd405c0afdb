// SPDX-License-Identifier: Apache-2.0
// The agent's home: whose it is, and that nobody else can look into it.
#pragma once

#include <string>

#include "core/base/result.hpp"

namespace vcs::agent::process {

// Makes the folder `home` for its owner alone, or takes the one that stands there. One that others
// can look into is closed (mode 0700) if nothing but the agent's own lies in it; else it is left as
// it is and refused, as is one of another person's, or a new one in another person's folder.
// Nothing is written into a folder that is refused.
Result<void> accept_home(const std::string& home);

}  // namespace vcs::agent::process
