// SPDX-License-Identifier: Apache-2.0
// CRC-64/XZ: detects torn objects and flipped bits in the remote layout. No protection against an
// adversary.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace vcs::remote::layout {

std::uint64_t crc64(ByteView bytes);

}  // namespace vcs::remote::layout
