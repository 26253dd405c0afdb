// SPDX-License-Identifier: Apache-2.0
// The lines, or words, in which a file differs between two commits.
#pragma once

#include "cli/contents/changed_contents.hpp"
#include "cli/context.hpp"

namespace vcs::cli {

// Writes it, and what there is to say of a file that is too large or no text; nothing where only
// the metadata differ. By words with --words, or where a person reads long lines.
Result<void> print_patch(const Context& context, ChangeReader& reader,
                         const ipc::ChangeInfo& change);

}  // namespace vcs::cli
