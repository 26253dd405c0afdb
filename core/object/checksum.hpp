// SPDX-License-Identifier: Apache-2.0
// A quick checksum against torn writes and flipped bits. Not against an adversary: identity and
// integrity of content rest on SHA-256.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"

namespace vcs::object {

// XXH3-64 of `bytes`.
std::uint64_t checksum64(ByteView bytes, std::uint64_t seed = 0);

}  // namespace vcs::object
