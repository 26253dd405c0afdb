// SPDX-License-Identifier: Apache-2.0
// Goes through a pack of a store from end to end, as verify and repair see it.
#pragma once

#include "core/store/pack_set.hpp"

namespace vcs::store {

// As ObjectStore::visit_pack.
Result<void> visit_pack(const PackSet& packs, base::Directory& directory, std::uint32_t pack,
                        const PackVisitor& visitor);

}  // namespace vcs::store
