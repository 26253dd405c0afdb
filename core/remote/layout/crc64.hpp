// SPDX-License-Identifier: Apache-2.0
// CRC-64/XZ: tells a torn or flipped object of the remote layout. Not against an adversary.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace vcs::remote::layout {

std::uint64_t crc64(ByteView bytes);

}  // namespace vcs::remote::layout
