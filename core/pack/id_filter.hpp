// SPDX-License-Identifier: Apache-2.0
// Says of nearly every id that is not in a set that it is not, in three bytes an id of the set: a
// Bloom filter. One other id in 24,000 is let through, an id of the set always.
//
// Ids are hashes already, so each of an id's eight words is the place of a bit.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "core/object/object_id.hpp"

namespace vcs::pack {

// Not thread-safe while it is filled.
class IdFilter {
 public:
  explicit IdFilter(std::size_t count) : words_(count * kBitsAnId / 64 + 1) {}

  void insert(const object::ObjectId& id) {
    for (std::size_t word = 0; word < kWords; ++word) {
      const std::uint64_t bit = bit_of(id, word);
      words_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }
  bool may_contain(const object::ObjectId& id) const {
    for (std::size_t word = 0; word < kWords; ++word) {
      const std::uint64_t bit = bit_of(id, word);
      if ((words_[bit / 64] >> (bit % 64) & 1) == 0) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kBitsAnId = 24, kWords = object::ObjectId::kSize / 4;

  std::uint64_t bit_of(const object::ObjectId& id, std::size_t word) const {
    std::uint32_t value = 0;
    std::memcpy(&value, id.bytes.data() + word * 4, sizeof value);
    return value * std::uint64_t{words_.size() * 64} >> 32;
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace vcs::pack
