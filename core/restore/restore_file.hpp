// SPDX-License-Identifier: Apache-2.0
// One file or symlink of a restore: compared with what is in its place, written beside it, renamed
// into it.
#pragma once

#include "core/object/tree_node.hpp"
#include "core/restore/restore_folder.hpp"

namespace vcs::restore {

// Any thread; `folder` must not be barred. Whatever happens, no temporary file is left behind and
// what was in the place is whole.
RestoreOutcome restore_file(RestoreContext& context, const RestoreFolder& folder,
                            const object::LeafItem& item);

}  // namespace vcs::restore
