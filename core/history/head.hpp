// SPDX-License-Identifier: Apache-2.0
// The head of one repository in memory, and the lock of all state that is valid for one head only.
//
// Threads: any.
#pragma once

#include <mutex>
#include <optional>

#include "core/history/commit_chain.hpp"

namespace vcs::history {

class Head final : public CommitSource {
 public:
  // While a thread holds it, the thread takes no other lock and reads or writes no file.
  using Lock = std::unique_lock<std::mutex>;

  Head(store::ObjectStore& store, std::optional<object::ObjectId> id) : store_(store), id_(id) {}

  // For callers with state that must change together with the head.
  Lock lock() const { return Lock(mutex_); }

  // Nothing: no commit yet.
  std::optional<object::ObjectId> id() const { return id(lock()); }
  std::optional<object::ObjectId> id(const Lock& held) const;
  // Keeps the head's commit in memory, as every save asks for it.
  Result<object::Commit> read_commit(const object::ObjectId& id) override;
  // The root tree; all zero when there is no commit yet.
  Result<object::ObjectId> tree();
  void move_to(const object::ObjectId& commit, const Lock& held);

 private:
  store::ObjectStore& store_;
  mutable std::mutex mutex_;  // guards the members below
  std::optional<object::ObjectId> id_;
  std::optional<object::Commit> commit_;  // once it has been read
};

}  // namespace vcs::history
