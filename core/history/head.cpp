// SPDX-License-Identifier: Apache-2.0
// Keeps one commit in memory, and only as long as it is the head.
#include "core/history/head.hpp"

namespace vcs::history {

using object::ObjectId;

Result<object::Commit> Head::read_commit(const ObjectId& id) {
  {
    const base::Lock lock(mutex_);
    if (commit_ && id_ == id) return *commit_;
  }
  VCS_ASSIGN(object::Commit commit, history::read_commit(store_, id));
  const base::Lock lock(mutex_);
  if (id_ == id) commit_ = commit;
  return commit;
}

Result<ObjectId> Head::tree() {
  const auto commit_id = id();
  if (!commit_id) return ObjectId{};
  VCS_ASSIGN(const auto commit, read_commit(*commit_id));
  return commit.tree;
}

void Head::move_to(const ObjectId& commit) {
  id_ = commit;
  commit_.reset();
}

}  // namespace vcs::history
