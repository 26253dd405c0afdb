// Content to a file and against a file: zeros become holes.
#pragma once

#include <functional>

#include "core/base/filesystem.hpp"
#include "core/object/tree_node.hpp"
#include "core/store/object_store.hpp"

namespace vcs::snapshot {

// Called after each piece with its length; an error stops.
using OnPiece = std::function<base::Result<void>(std::uint64_t bytes)>;

// Writes a file's content into `file`, which must be new and empty. Blocks of zeros are left out.
// `corrupt` if the content has not the size that the entry tells.
base::Result<void> write_content(store::ObjectStore& store, const object::TreeEntry& entry,
                                 base::File& file, const OnPiece& on_piece);

// True if `file`, which has the entry's size, holds the entry's content. Stops at the first
// difference.
base::Result<bool> has_content(store::ObjectStore& store, const object::TreeEntry& entry,
                               base::File& file, const OnPiece& on_piece);

}  // namespace vcs::snapshot
