// SPDX-License-Identifier: Apache-2.0
// The ids that threads have claimed: each is about to append that object.
#pragma once

#include <array>
#include <mutex>
#include <unordered_map>

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
    Shard& shard = shard_of(id);
    const std::scoped_lock lock(shard.mutex);
    if (const auto claimed = shard.ids.find(id); claimed != shard.ids.end()) {
      claimed->second = true;
      return false;
    }
    if (is_stored()) return false;
    shard.ids.emplace(id, false);
    return true;
  }
  // Ends a claim without the object. True if claim() has refused another caller meanwhile, who now
  // counts on the object.
  bool give_up(const object::ObjectId& id) {
    Shard& shard = shard_of(id);
    const std::scoped_lock lock(shard.mutex);
    const auto claimed = shard.ids.find(id);
    if (claimed == shard.ids.end()) return false;
    const bool counted_on = claimed->second;
    shard.ids.erase(claimed);
    return counted_on;
  }
  void release(const object::ObjectId& id) {
    Shard& shard = shard_of(id);
    const std::scoped_lock lock(shard.mutex);
    shard.ids.erase(id);
  }
  void release_all() {
    for (Shard& shard : shards_) {
      const std::scoped_lock lock(shard.mutex);
      shard.ids.clear();
    }
  }

 private:
  struct Shard {
    std::mutex mutex;
    std::unordered_map<object::ObjectId, bool> ids;  // true: others count on it
  };
  Shard& shard_of(const object::ObjectId& id) { return shards_[id.bytes[31] % shards_.size()]; }

  std::array<Shard, 16> shards_;
};

}  // namespace vcs::store
