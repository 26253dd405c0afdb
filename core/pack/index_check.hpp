// SPDX-License-Identifier: Apache-2.0
// Proves an index against its pack.
#pragma once

#include "core/pack/sealed_pack.hpp"

namespace vcs::pack {

// Reads the frame headers of the pack. Returns one sentence per defect. It leaves out records that
// point into damage of the pack: reading the pack reports that damage.
std::vector<std::string> check_pack_index(const SealedPack& pack, std::shared_ptr<base::File> file);

}  // namespace vcs::pack
