// SPDX-License-Identifier: Apache-2.0
// Decides from the store's log which commit is the head after opening.
#pragma once

#include <optional>

#include "core/store/object_store.hpp"

namespace vcs::history {

// The last commit point if it descends from `head`, else `head`. Without a head: the last commit
// point that the store has, or the newest complete commit.
Result<std::optional<object::ObjectId>> advance_head(store::ObjectStore& store,
                                                     std::optional<object::ObjectId> head);

// The commit with the highest sequence that descends from `ancestor`; without one, of all commits.
Result<std::optional<object::ObjectId>> newest_behind(store::ObjectStore& store,
                                                      std::optional<object::ObjectId> ancestor);

// The first of `head` and its ancestors whose tree is complete, else the newest such commit of the
// whole store, else nothing.
Result<std::optional<object::ObjectId>> newest_complete(store::ObjectStore& store,
                                                        std::optional<object::ObjectId> head);

}  // namespace vcs::history
