// SPDX-License-Identifier: Apache-2.0
// The location of an object in a store. The packs and everything above them use this type.
#pragma once

#include <cstdint>

#include "core/object/object_id.hpp"

namespace vcs::pack {

struct Location {
  std::uint32_t pack = 0;
  std::uint32_t frame_offset = 0;   // of the frame in the pack
  std::uint32_t object_offset = 0;  // in the frame's raw bytes
  std::uint32_t length = 0;
  object::ObjectKind kind = object::ObjectKind::blob;
};

}  // namespace vcs::pack
