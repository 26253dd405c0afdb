// SPDX-License-Identifier: Apache-2.0
// The name by which ps and top show a thread.
#pragma once

#include <string>

namespace vcs::base {

// Cuts `name` to 15 bytes, the most that Linux keeps.
void name_this_thread(const std::string& name);

}  // namespace vcs::base
