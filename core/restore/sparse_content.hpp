// SPDX-License-Identifier: Apache-2.0
// Writes content to a file, with holes for zeros, and compares content with a file.
#pragma once

#include <cstdint>
#include <functional>

#include "core/base/filesystem.hpp"
#include "core/object/tree_node.hpp"
#include "core/store/object_store.hpp"

namespace vcs::restore {

// Called after each piece with its length; an error stops the work.
using OnPiece = std::function<Result<void>(std::uint64_t bytes)>;

// A part of a file's content. Parts of one file may be written and compared by several threads.
struct ContentPart {
  std::uint64_t offset = 0, length = UINT64_MAX;
};

// Writes a part of a file's content into `file`, which must be new and have no data there. Skips
// blocks of zeros. `corrupt` if the content does not have the entry's size. Returns the end of the
// last byte written, or 0.
Result<std::uint64_t> write_content(store::ObjectStore& store, const object::TreeEntry& entry,
                                    const ContentPart& part, base::File& file,
                                    const OnPiece& on_piece);

// True if `file`, which has the entry's size, holds this part of the entry's content. Stops at the
// first difference.
Result<bool> has_content(store::ObjectStore& store, const object::TreeEntry& entry,
                         const ContentPart& part, base::File& file, const OnPiece& on_piece);

// `corrupt`: the content does not have the size of its entry.
Failure wrong_size(std::uint64_t size, std::uint64_t told);

}  // namespace vcs::restore
