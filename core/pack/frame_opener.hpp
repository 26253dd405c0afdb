// SPDX-License-Identifier: Apache-2.0
// Opens frames one after the other and looks at the objects in them, in memory that is used again.
#pragma once

#include <span>

#include "core/object/hasher.hpp"
#include "core/pack/frame.hpp"

namespace vcs::pack {

// Not thread-safe.
class FrameOpener {
 public:
  explicit FrameOpener(object::HashProvider provider) : hasher_(provider) {}

  // The frame's objects, valid until the next call. Ids are the header's; nothing is hashed.
  Result<std::span<const FrameInput>> open(const FrameHeader& header, ByteView frame);
  // The same, `corrupt` unless each object is what its id says.
  Result<std::span<const FrameInput>> check(const FrameHeader& header, ByteView frame);
  bool is_right(const FrameInput& object) { return hasher_.hash(object.bytes) == object.id; }

 private:
  object::Hasher hasher_;
  object::Decompressor decompressor_;
  Bytes plain_;
  std::vector<FrameInput> objects_;
};

}  // namespace vcs::pack
