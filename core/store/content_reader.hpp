// SPDX-License-Identifier: Apache-2.0
// The bytes of a file's content, whole or in part, from a blob or a chunk list.
#pragma once

#include <functional>
#include <optional>

#include "core/object/content.hpp"
#include "core/store/object_store.hpp"

namespace vcs::store {

using PieceSink = std::function<Result<void>(ByteView piece, std::uint64_t offset)>;
// Told of chunks that are nothing but zeros, in place of the bytes.
using ZeroSink = std::function<Result<void>(std::uint64_t offset, std::uint64_t length)>;

// Calls `sink` with consecutive pieces that cover [offset, offset + length) as far as the content
// goes. Only the chunks touched are read. With `zeros`, a chunk of zeros is read once, however
// often it is repeated: a hole of a hundred gigabytes costs what its list costs.
Result<void> read_content(store::ObjectStore& store, const object::ContentRef& content,
                          std::uint64_t offset, std::uint64_t length, const PieceSink& sink,
                          const ZeroSink& zeros = {});

// How many bytes a chunk list tells of, without reading its chunks; nothing for a blob.
Result<std::optional<std::uint64_t>> listed_size(store::ObjectStore& store,
                                                 const object::ContentRef& content);

bool is_zero(ByteView bytes);

// All of it, up to `limit` bytes (then: invalid).
Result<Bytes> read_whole_content(store::ObjectStore& store, const object::ContentRef& content,
                                 std::uint64_t limit);

}  // namespace vcs::store
