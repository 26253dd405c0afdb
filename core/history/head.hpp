// SPDX-License-Identifier: Apache-2.0
// The head of one repository in memory, and the lock of all that holds for one head only.
//
// Threads: any.
#pragma once

#include <mutex>
#include <optional>

#include "core/history/commit_chain.hpp"

namespace vcs::history {

class Head final : public CommitSource {
 public:
  // While it is held, nothing else is locked, and nothing is read or written.
  using Lock = std::unique_lock<std::mutex>;

  Head(store::ObjectStore& store, std::optional<object::ObjectId> id) : store_(store), id_(id) {}

  // For who keeps something that must change together with the head.
  Lock lock() const { return Lock(mutex_); }

  // Nothing: no commit yet.
  std::optional<object::ObjectId> id() const { return id(lock()); }
  std::optional<object::ObjectId> id(const Lock& held) const;
  // The head's is kept in memory, for every save asks for it.
  Result<object::Commit> read_commit(const object::ObjectId& id) override;
  // The root tree; all zero when there is no commit yet.
  Result<object::ObjectId> tree();
  void move_to(const object::ObjectId& commit, const Lock& held);

 private:
  store::ObjectStore& store_;
  mutable std::mutex mutex_;  // of what follows
  std::optional<object::ObjectId> id_;
  std::optional<object::Commit> commit_;  // once it has been read
};

}  // namespace vcs::history
