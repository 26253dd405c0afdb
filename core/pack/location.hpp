// SPDX-License-Identifier: Apache-2.0
// Where an object lies: the word that the packs of a store and everything above them share.
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
