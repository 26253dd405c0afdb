// SPDX-License-Identifier: Apache-2.0
// Prints how much each file changed between two commits.
#pragma once

#include <vector>

#include "cli/contents/changed_contents.hpp"
#include "cli/context.hpp"

namespace vcs::cli {

// Writes a line for each change, and the sums; reads the contents of all changes.
Result<void> print_stat(const Context& context, ChangeReader& reader,
                        const std::vector<ipc::ChangeInfo>& changes);

}  // namespace vcs::cli
