// SPDX-License-Identifier: Apache-2.0
// Finds out whether an agent starts by itself.
#pragma once

#include "cli/context.hpp"

namespace vcs::cli {

// Whether an agent for the home of this command starts with the session or the machine.
bool starts_with_session(const Context& context);

}  // namespace vcs::cli
