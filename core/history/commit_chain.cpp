// SPDX-License-Identifier: Apache-2.0
// Walks from commit to parent.
#include "core/history/commit_chain.hpp"

namespace vcs::history {

using object::ObjectId;

Result<object::Commit> read_commit(store::ObjectStore& store, const ObjectId& id) {
  VCS_ASSIGN(const Bytes bytes, store.get(id));
  return object::decode_commit(bytes);
}

Result<object::Commit> StoreCommits::read_commit(const ObjectId& id) {
  auto commit = history::read_commit(store_, id);
  if (commit) return commit;
  return Failure(std::move(commit).error().with_context("commit " + id.short_hex()));
}

Result<CommitStep> read_step(CommitSource& source, const ObjectId& id) {
  VCS_ASSIGN(object::Commit commit, source.read_commit(id));
  return CommitStep{id, std::move(commit)};
}

Result<std::optional<CommitStep>> read_step_if_whole(CommitSource& source, const ObjectId& id) {
  auto step = read_step(source, id);
  if (step) return std::optional(std::move(*step));
  if (tells_of_loss(step.error())) return std::nullopt;
  return Failure(std::move(step).error());
}

Result<std::optional<CommitStep>> parent_of(CommitSource& source, const CommitStep& step) {
  if (!step.commit.parent) return std::nullopt;
  VCS_ASSIGN(CommitStep parent, read_step(source, *step.commit.parent));
  return parent;
}

Result<std::optional<LostCommit>> walk_back(CommitSource& source, const ObjectId& from,
                                            const ChainVisitor& visitor) {
  for (std::optional<ObjectId> at = from; at;) {
    auto step = read_step(source, *at);
    if (!step && tells_of_loss(step.error())) return LostCommit{*at, std::move(step).error()};
    if (!step) return Failure(std::move(step).error());
    VCS_ASSIGN(const bool more, visitor(*step));
    if (!more) break;
    at = step->commit.parent;
  }
  return std::nullopt;
}

// Sequences fall along the parents, so the walk ends at the first commit that is too old.
Result<bool> descends_from(CommitSource& source, const ObjectId& from, const ObjectId& ancestor) {
  VCS_ASSIGN(const object::Commit wanted, source.read_commit(ancestor));
  bool found = false;
  VCS_TRY(walk_back(source, from, [&](const CommitStep& step) -> Result<bool> {
    found = step.id == ancestor;
    return !found && step.commit.sequence > wanted.sequence;
  }));
  return found;
}

}  // namespace vcs::history
