// SPDX-License-Identifier: Apache-2.0
// Will an agent be there tomorrow?
#pragma once

#include "cli/context.hpp"

namespace vcs::cli {

// Whether one for the home of this command starts by itself, with the session or the machine.
bool starts_with_session(const Context& context);

}  // namespace vcs::cli
