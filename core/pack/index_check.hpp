// SPDX-License-Identifier: Apache-2.0
// Proves an index against its pack.
#pragma once

#include "core/pack/sealed_pack.hpp"

namespace vcs::pack {

// Reads the frame headers of the pack. One sentence per defect. Records that point into damage of
// the pack are not counted: that is told by whoever reads the pack.
std::vector<std::string> check_pack_index(const SealedPack& pack, std::shared_ptr<base::File> file);

}  // namespace vcs::pack
