// SPDX-License-Identifier: Apache-2.0
// Keeps one commit in memory, and only as long as it is the head.
#include "core/history/head.hpp"

#include <cassert>

namespace vcs::history {

using object::ObjectId;

std::optional<ObjectId> Head::id(const Lock& held) const {
  assert(held.owns_lock() && held.mutex() == &mutex_);
  (void)held;
  return id_;
}

Result<object::Commit> Head::read_commit(const ObjectId& id) {
  {
    const Lock held = lock();
    if (commit_ && id_ == id) return *commit_;
  }
  VCS_ASSIGN(object::Commit commit, history::read_commit(store_, id));
  const Lock held = lock();
  if (id_ == id) commit_ = commit;
  return commit;
}

Result<ObjectId> Head::tree() {
  const auto commit_id = id();
  if (!commit_id) return ObjectId{};
  VCS_ASSIGN(const auto commit, read_commit(*commit_id));
  return commit.tree;
}

void Head::move_to(const ObjectId& commit, const Lock& held) {
  assert(held.owns_lock() && held.mutex() == &mutex_);
  (void)held;
  id_ = commit;
  commit_.reset();
}

}  // namespace vcs::history
