// SPDX-License-Identifier: Apache-2.0
// Decodes frames one after the other and checks their objects. It uses its memory again.
#pragma once

#include <span>

#include "core/object/hasher.hpp"
#include "core/pack/frame.hpp"

namespace vcs::pack {

// Not thread-safe.
class FrameOpener {
 public:
  explicit FrameOpener(object::HashProvider provider) : hasher_(provider) {}

  // The frame's objects, valid until the next call. Takes the ids from the header; hashes nothing.
  Result<std::span<const FrameInput>> open(const FrameHeader& header, ByteView frame);
  // As open(); `corrupt` unless the hash of each object is its id.
  Result<std::span<const FrameInput>> check(const FrameHeader& header, ByteView frame);
  bool is_right(const FrameInput& object) { return hasher_.hash(object.bytes) == object.id; }

 private:
  object::Hasher hasher_;
  object::Decompressor decompressor_;
  base::Buffer plain_;
  std::vector<FrameInput> objects_;
};

}  // namespace vcs::pack
