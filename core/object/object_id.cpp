// SPDX-License-Identifier: Apache-2.0
// Object ids from bytes and from text.
#include "core/object/object_id.hpp"

#include <cassert>

namespace vcs::object {

ObjectId ObjectId::from_bytes(ByteView bytes) {
  assert(bytes.size() == kSize);
  ObjectId id;
  std::memcpy(id.bytes.data(), bytes.data(), kSize);
  return id;
}

Result<ObjectId> ObjectId::from_hex(std::string_view hex) {
  Bytes bytes;
  if (hex.size() != 2 * kSize || !base::from_hex(hex, bytes)) {
    return fail(ErrorCode::invalid, "'{}' is no object id: an id has {} hexadecimal digits",
                hex.substr(0, 2 * kSize), 2 * kSize);
  }
  return from_bytes(bytes);
}

}  // namespace vcs::object
