// SPDX-License-Identifier: Apache-2.0
// A Bloom filter over a set of ids, in three bytes per id of the set. It accepts every id of the
// set, and one in 24,000 of all other ids.
//
// Ids are hashes already, so each of the eight words of an id gives the position of a bit.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "core/object/object_id.hpp"

namespace vcs::pack {

// Not thread-safe while a thread inserts ids.
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
