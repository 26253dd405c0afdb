// SPDX-License-Identifier: Apache-2.0
// A quick checksum that detects torn writes and flipped bits. It does not detect an adversary:
// SHA-256 proves identity and integrity of content.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace vcs::object {

// XXH3-64 of `bytes`.
std::uint64_t checksum64(ByteView bytes, std::uint64_t seed = 0);

}  // namespace vcs::object
