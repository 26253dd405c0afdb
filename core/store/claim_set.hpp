// SPDX-License-Identifier: Apache-2.0
// The ids that threads have claimed: each is about to append that object.
#pragma once

#include <array>
#include <unordered_map>

#include "core/base/guarded.hpp"
#include "core/object/object_id.hpp"

namespace vcs::store {

// Thread-safe; split by id so that hashing threads rarely meet.
class ClaimSet {
 public:
  // Claims the id and returns true if no other thread has claimed it and `is_stored()` is false.
  // It calls is_stored() under the lock. An object is stored before its claim ends, so at every
  // moment it is claimed or stored.
  template <typename IsStored>
  bool claim(const object::ObjectId& id, IsStored is_stored) {
    const auto ids = shard_of(id).lock();
    if (const auto claimed = ids->find(id); claimed != ids->end()) {
      claimed->second = true;
      return false;
    }
    if (is_stored()) return false;
    ids->emplace(id, false);
    return true;
  }
  // Ends a claim without the object. True if claim() has refused another caller meanwhile, who now
  // counts on the object.
  bool give_up(const object::ObjectId& id) {
    const auto ids = shard_of(id).lock();
    const auto claimed = ids->find(id);
    if (claimed == ids->end()) return false;
    const bool counted_on = claimed->second;
    ids->erase(claimed);
    return counted_on;
  }
  void release(const object::ObjectId& id) { shard_of(id).lock()->erase(id); }
  void release_all() {
    for (Shard& shard : shards_) shard.lock()->clear();
  }

 private:
  using Shard =
      base::Guarded<std::unordered_map<object::ObjectId, bool>>;  // true: others count on it
  Shard& shard_of(const object::ObjectId& id) { return shards_[id.bytes[31] % shards_.size()]; }

  std::array<Shard, 16> shards_;
};

}  // namespace vcs::store
