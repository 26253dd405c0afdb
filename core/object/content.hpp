// SPDX-License-Identifier: Apache-2.0
// A reference to the content of a file: one blob, or a list of chunks.
#pragma once

#include <cstdint>

#include "core/object/object_id.hpp"

namespace vcs::object {

enum class ContentKind : std::uint8_t {
  none = 0,    // of folders and symlinks; a file always has content
  blob = 1,    // id names the whole content
  chunks = 2,  // id names the root node of a chunk list
};

struct ContentRef {
  ContentKind kind = ContentKind::none;
  ObjectId id;
  auto operator<=>(const ContentRef&) const = default;
};

}  // namespace vcs::object
