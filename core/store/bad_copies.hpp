// SPDX-License-Identifier: Apache-2.0
// Remembers objects whose stored copy was read and found damaged, so that a save stores their
// content again when it meets it.
#pragma once

#include <atomic>
#include <unordered_map>

#include "core/base/guarded.hpp"
#include "core/pack/location.hpp"

namespace vcs::store {

// It keeps the place of the newest copy of each, so a newer copy that is appended is not bad. When
// the store forgets that copy again, the bad copy is the newest once more. Thread-safe.
class BadCopies {
 public:
  void add(const object::ObjectId& id, const pack::Location& copy) {
    const auto copies = copies_.lock();
    copies->insert_or_assign(id, Place{copy.pack, copy.frame_offset});
    any_ = true;
  }
  // Takes no lock while no copy is bad.
  bool has(const object::ObjectId& id, const pack::Location& copy) const {
    if (!any_) return false;
    const auto copies = copies_.lock();
    const auto found = copies->find(id);
    return found != copies->end() && found->second == Place{copy.pack, copy.frame_offset};
  }
  bool any() const { return any_; }

 private:
  struct Place {
    std::uint32_t pack, frame_offset;
    bool operator==(const Place&) const = default;
  };
  base::Guarded<std::unordered_map<object::ObjectId, Place>> copies_;
  std::atomic<bool> any_{false};
};

}  // namespace vcs::store
