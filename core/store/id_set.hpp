// SPDX-License-Identifier: Apache-2.0
// A large set of object ids, in 16 bytes per slot, at most three quarters full. It keeps half of
// each id: nobody will ever meet two SHA-256 ids that share 128 bits.
#pragma once

#include <array>
#include <cstring>
#include <vector>

#include "core/object/object_id.hpp"

namespace vcs::store {

// Not thread-safe.
class IdSet {
 public:
  bool contains(const object::ObjectId& id) const {
    return !slots_.empty() && slots_[slot_of(key_of(id))] != Key{};
  }
  void insert(const object::ObjectId& id) {
    if (count_ * 4 >= slots_.size() * 3) grow();
    Key& slot = slots_[slot_of(key_of(id))];
    if (slot != Key{}) return;
    slot = key_of(id);
    ++count_;
  }

 private:
  using Key = std::array<std::uint64_t, 2>;  // zeros: a free slot

  static Key key_of(const object::ObjectId& id) {
    Key key;
    std::memcpy(key.data(), id.bytes.data(), sizeof key);
    if (key == Key{}) key[0] = 1;
    return key;
  }
  std::size_t slot_of(const Key& key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = key[0] & mask;
    while (slots_[slot] != Key{} && slots_[slot] != key) slot = (slot + 1) & mask;
    return slot;
  }
  void grow() {
    const std::vector<Key> old = std::move(slots_);
    slots_.assign(old.empty() ? 64 : old.size() * 2, Key{});
    for (const Key& key : old)
      if (key != Key{}) slots_[slot_of(key)] = key;
  }

  std::vector<Key> slots_;
  std::size_t count_ = 0;
};

}  // namespace vcs::store
