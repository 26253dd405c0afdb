// SPDX-License-Identifier: Apache-2.0
// The agent's home: checks that it belongs to this user, and that no other user can read it.
#pragma once

#include <string>

#include "core/base/result.hpp"

namespace vcs::agent::process {

// Makes the folder `home` for its owner alone, or takes an existing one. An existing folder that
// other users can read is closed (mode 0700) if it holds only the agent's own files. `denied`: it
// is open and holds other files, it belongs to another user, or it would be made in a folder of
// another user. Writes nothing into a folder that it refuses.
Result<void> accept_home(const std::string& home);

}  // namespace vcs::agent::process
