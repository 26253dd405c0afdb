// SPDX-License-Identifier: Apache-2.0
// Which objects a commit needs that an older commit does not: what a push has to send, and what a
// fetch has to prove complete.
//
// Trees and chunk lists are compared level by level, nodes that both sides share are never entered:
// costs what changed. An object may be told more than once.
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
  // Of the file that needs a blob or chunk list; empty for tree nodes and commits. Valid during the
  // call only.
  std::string_view path;
};
using NeededVisitor = std::function<Result<void>(const NeededObject&)>;
// Is told of each node or commit that is lost here (not_found, corrupt). True: the walk goes on
// without what is below it; false, or none: it fails.
using LostVisitor = std::function<bool(const object::ObjectId& id, const Error& why)>;

// Objects of the tree `after` that the tree `before` has not; roots of all zeros are empty trees.
// Blobs are told without being read; nodes are read from `store`. A node of `before` that cannot be
// read only makes more be told.
Result<void> walk_new_objects(store::ObjectStore& store, const object::ObjectId& before,
                              const object::ObjectId& after, const NeededVisitor& visitor,
                              const LostVisitor& lost = {});

struct ChainCommit {
  object::ObjectId id;
  object::ObjectId tree;
  base::UnixNanos time{};
};

// Commits from `head` along the parents, newest first, until `is_known` says yes (that one is not
// in the result but in `base`) or the first commit or `limit` is reached, or one that is lost.
struct CommitChain {
  std::vector<ChainCommit> commits;
  std::optional<ChainCommit> base;
  bool cut = false;  // by the limit
};
Result<CommitChain> read_chain(store::ObjectStore& store, const object::ObjectId& head,
                               const std::function<bool(const object::ObjectId&)>& is_known,
                               std::size_t limit = SIZE_MAX, const LostVisitor& lost = {});

// All objects of a chain, oldest commit first, each commit after what it needs.
Result<void> walk_chain(store::ObjectStore& store, const CommitChain& chain,
                        const NeededVisitor& visitor, const LostVisitor& lost = {});

}  // namespace vcs::sync
