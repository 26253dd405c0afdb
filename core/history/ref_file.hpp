// SPDX-License-Identifier: Apache-2.0
// The bytes of a ref file: magic, version, id, checksum. docs/format/refs.md
#pragma once

#include "core/object/object_id.hpp"

namespace vcs::history {

inline constexpr std::size_t kRefFileSize = 48;

Bytes encode_ref(const object::ObjectId& commit);
// corrupt, or unsupported for a later version.
Result<object::ObjectId> decode_ref(ByteView bytes);

}  // namespace vcs::history
