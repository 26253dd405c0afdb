// SPDX-License-Identifier: Apache-2.0
// Prints the lines, or words, in which a file differs between two commits.
#pragma once

#include "cli/contents/changed_contents.hpp"
#include "cli/context.hpp"

namespace vcs::cli {

// Writes the patch, or a note if the file is too large or no text; nothing if only the metadata
// differ. Compares words with --words, or if lines are long and the output is a terminal.
Result<void> print_patch(const Context& context, ChangeReader& reader,
                         const ipc::ChangeInfo& change);

}  // namespace vcs::cli
