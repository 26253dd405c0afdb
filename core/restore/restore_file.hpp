// SPDX-License-Identifier: Apache-2.0
// Restores one file or symlink: compares it with the file there now, writes it beside its place and
// renames it into the place.
#pragma once

#include "core/object/tree_node.hpp"
#include "core/restore/restore_folder.hpp"

namespace vcs::restore {

// Any thread; `folder` must not be barred. Whatever happens, it leaves no temporary file behind,
// and the file that was in the place is whole.
RestoreOutcome restore_file(RestoreContext& context, const RestoreFolder& folder,
                            const object::LeafItem& item);

}  // namespace vcs::restore
