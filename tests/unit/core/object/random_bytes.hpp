// SPDX-License-Identifier: Apache-2.0
// Reproducible bytes for the tests of this room.
#pragma once

#include <random>

#include "core/base/bytes.hpp"
#include "core/object/object_id.hpp"

namespace vcs::object::test {

inline base::Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  base::Bytes bytes(size);
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + i, &word, std::min<std::size_t>(8, size - i));
  }
  return bytes;
}

inline ObjectId random_id(std::mt19937_64& random) {
  return ObjectId::from_bytes(random_bytes(random, ObjectId::kSize));
}

}  // namespace vcs::object::test
