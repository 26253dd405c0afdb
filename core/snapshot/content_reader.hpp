// The bytes of a file's content, whole or in part, from a blob or a chunk list.
#pragma once

#include <functional>

#include "core/object/content.hpp"
#include "core/store/object_store.hpp"

namespace vcs::snapshot {

// Calls `sink` with consecutive pieces that cover [offset, offset + length) as far as the content
// goes. Only the chunks touched are read.
using PieceSink = std::function<base::Result<void>(base::ByteView piece, std::uint64_t offset)>;
base::Result<void> read_content(store::ObjectStore& store, const object::ContentRef& content,
                                std::uint64_t offset, std::uint64_t length, const PieceSink& sink);

// All of it, up to `limit` bytes (then: invalid).
base::Result<base::Bytes> read_whole_content(store::ObjectStore& store,
                                             const object::ContentRef& content,
                                             std::uint64_t limit);

}  // namespace vcs::snapshot
