// SPDX-License-Identifier: Apache-2.0
// XXH3-64 from libxxhash.
#include "core/object/checksum.hpp"

#include <xxhash.h>

namespace vcs::object {

std::uint64_t checksum64(ByteView bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace vcs::object
