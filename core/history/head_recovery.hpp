// SPDX-License-Identifier: Apache-2.0
// Which commit is the head after opening, decided from the log of the store.
#pragma once

#include <optional>

#include "core/store/object_store.hpp"

namespace vcs::history {

// The last commit point if `head` is among its ancestors, else `head`; without a head, the last
// commit point that is there, or the newest complete commit.
Result<std::optional<object::ObjectId>> advance_head(store::ObjectStore& store,
                                                     std::optional<object::ObjectId> head);

// The commit with the highest sequence that goes on behind `ancestor`; without one, of all.
Result<std::optional<object::ObjectId>> newest_behind(store::ObjectStore& store,
                                                      std::optional<object::ObjectId> ancestor);

// The first of `head` and its ancestors whose tree is complete, else the newest such commit of the
// whole store, else nothing.
Result<std::optional<object::ObjectId>> newest_complete(store::ObjectStore& store,
                                                        std::optional<object::ObjectId> head);

}  // namespace vcs::history
