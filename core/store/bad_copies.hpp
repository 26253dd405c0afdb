// SPDX-License-Identifier: Apache-2.0
// Objects whose stored copy was read and is not what it should be, so that their content is stored
// anew when it comes by again.
#pragma once

#include <atomic>
#include <unordered_map>

#include "core/base/guarded.hpp"
#include "core/pack/location.hpp"

namespace vcs::store {

// Remembers the newest copy of each: when a newer one is appended, that one counts; when it is
// forgotten again, the bad one does. Thread-safe.
class BadCopies {
 public:
  void add(const object::ObjectId& id, const pack::Location& copy) {
    const auto copies = copies_.lock();
    copies->insert_or_assign(id, Place{copy.pack, copy.frame_offset});
    any_ = true;
  }
  // Costs nothing where nothing is damaged.
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
