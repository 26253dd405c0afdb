// SPDX-License-Identifier: Apache-2.0
// The head of one repository in memory, and the lock of all state that is valid for one head only.
//
// Threads: any.
#pragma once

#include <optional>

#include "core/base/guarded.hpp"
#include "core/history/commit_chain.hpp"

namespace vcs::history {

class Head final : public CommitSource {
 public:
  Head(store::ObjectStore& store, std::optional<object::ObjectId> id) : store_(store), id_(id) {}

  // For who keeps something that must change together with the head. While it is held, nothing else
  // is locked, and nothing is read or written.
  base::Mutex& mutex() const VCS_RETURNS_LOCK(mutex_) { return mutex_; }

  // Nothing: no commit yet.
  std::optional<object::ObjectId> id() const {
    const base::Lock lock(mutex_);
    return id_;
  }
  std::optional<object::ObjectId> id_while_held() const VCS_REQUIRES(mutex_) { return id_; }
  // Keeps the head's commit in memory, as every save asks for it.
  Result<object::Commit> read_commit(const object::ObjectId& id) override;
  // The root tree; all zero when there is no commit yet.
  Result<object::ObjectId> tree();
  void move_to(const object::ObjectId& commit) VCS_REQUIRES(mutex_);

 private:
  store::ObjectStore& store_;
  mutable base::Mutex mutex_;
  std::optional<object::ObjectId> id_ VCS_GUARDED_BY(mutex_);
  std::optional<object::Commit> commit_ VCS_GUARDED_BY(mutex_);  // once it has been read
};

}  // namespace vcs::history
