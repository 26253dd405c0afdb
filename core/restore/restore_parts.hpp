// SPDX-License-Identifier: Apache-2.0
// Writes or compares the content of one file, as a whole or in parts on several threads.
#pragma once

#include "core/restore/restore_context.hpp"
#include "core/restore/sparse_content.hpp"

namespace vcs::restore {

// Writes an entry's content into a new and empty file, to its full size.
Result<void> write_in_parts(RestoreContext& context, const object::TreeEntry& entry,
                            base::File& file);
// True if `file`, which has the entry's size, holds the entry's content.
Result<bool> compare_in_parts(RestoreContext& context, const object::TreeEntry& entry,
                              base::File& file);

}  // namespace vcs::restore
