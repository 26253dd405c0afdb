// SPDX-License-Identifier: Apache-2.0
// The bytes of a file's content, whole or in part, from a blob or a chunk list.
#pragma once

#include <functional>
#include <optional>

#include "core/object/content.hpp"
#include "core/store/object_store.hpp"

namespace vcs::store {

using PieceSink = std::function<Result<void>(ByteView piece, std::uint64_t offset)>;
// Called instead of PieceSink for chunks that contain only zeros.
using ZeroSink = std::function<Result<void>(std::uint64_t offset, std::uint64_t length)>;

// Calls `sink` with consecutive pieces that cover [offset, offset + length), up to the end of the
// content. Reads only the chunks in this range. With `zeros`, it reads a chunk of zeros once,
// however often it is repeated: a hole of a hundred gigabytes costs only the reading of its list.
Result<void> read_content(store::ObjectStore& store, const object::ContentRef& content,
                          std::uint64_t offset, std::uint64_t length, const PieceSink& sink,
                          const ZeroSink& zeros = {});

// The size of the content by its chunk list, without reading chunks; nothing for a blob.
Result<std::optional<std::uint64_t>> listed_size(store::ObjectStore& store,
                                                 const object::ContentRef& content);

bool is_zero(ByteView bytes);

// Reads the whole content. `invalid` if it has more than `limit` bytes.
Result<Bytes> read_whole_content(store::ObjectStore& store, const object::ContentRef& content,
                                 std::uint64_t limit);

}  // namespace vcs::store
