// SPDX-License-Identifier: Apache-2.0
// Finds the objects that a commit needs and an older commit does not: a push sends them, and a
// fetch proves that they are complete.
//
// It compares trees and chunk lists level by level and never enters nodes that both sides share, so
// the cost is that of the changes. It may visit an object more than once.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/base/clock.hpp"
#include "core/store/object_store.hpp"

namespace vcs::sync {

struct NeededObject {
  object::ObjectId id;
  object::ObjectKind kind = object::ObjectKind::blob;
  // Path of the file that needs a blob or chunk list; empty for tree nodes and commits. Valid only
  // during the call.
  std::string_view path;
};
using NeededVisitor = std::function<Result<void>(const NeededObject&)>;
// Called for each node or commit that is lost here (not_found, corrupt). True: the walk goes on
// without the objects below it. False, or no visitor: the walk fails.
using LostVisitor = std::function<bool(const object::ObjectId& id, const Error& why)>;

// Visits the objects of the tree `after` that the tree `before` does not have; roots of all zeros
// are empty trees. Reads nodes from `store`, but no blobs. If a node of `before` cannot be read, it
// only visits more objects.
Result<void> walk_new_objects(store::ObjectStore& store, const object::ObjectId& before,
                              const object::ObjectId& after, const NeededVisitor& visitor,
                              const LostVisitor& lost = {});

struct ChainCommit {
  object::ObjectId id;
  object::ObjectId tree;
  base::UnixNanos time{};
};

// Commits from `head` along the parents, newest first. The chain ends before a commit for which
// `is_known` is true (then `base` has that commit) or that is lost, at the first commit, or at
// `limit` commits.
struct CommitChain {
  std::vector<ChainCommit> commits;
  std::optional<ChainCommit> base;
  bool cut = false;  // by the limit
};
Result<CommitChain> read_chain(store::ObjectStore& store, const object::ObjectId& head,
                               const std::function<bool(const object::ObjectId&)>& is_known,
                               std::size_t limit = SIZE_MAX, const LostVisitor& lost = {});

// Visits all objects of a chain, oldest commit first, each commit after the objects that it needs.
Result<void> walk_chain(store::ObjectStore& store, const CommitChain& chain,
                        const NeededVisitor& visitor, const LostVisitor& lost = {});

}  // namespace vcs::sync
