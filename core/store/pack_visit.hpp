// SPDX-License-Identifier: Apache-2.0
// Visits a pack of a store from end to end, for verify and repair.
#pragma once

#include "core/store/pack_set.hpp"

namespace vcs::store {

// As ObjectStore::visit_pack.
Result<void> visit_pack(const PackSet& packs, base::Directory& directory, std::uint32_t pack,
                        const PackVisitor& visitor);

}  // namespace vcs::store
