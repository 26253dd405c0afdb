// SPDX-License-Identifier: Apache-2.0
// Never takes a read error for a missing object, so a failing disk does not move the head.
#include "core/history/head_recovery.hpp"

#include <algorithm>

#include "core/history/commit_chain.hpp"
#include "core/history/reachability.hpp"

namespace vcs::history {
namespace {

using object::Commit;
using object::ObjectId;
using OptionalId = std::optional<ObjectId>;

// Decides whether commits are complete, and remembers the objects that are.
class Completeness {
 public:
  explicit Completeness(store::ObjectStore& store)
      : walk_(store, [&store](const ObjectId& id) { return store.contains(id); }) {}

  Result<bool> is_complete(const Commit& commit) {
    std::optional<Error> failed;
    const bool complete = walk_.check_tree(commit.tree, [&](const ObjectId&, object::ObjectKind,
                                                            const std::string&, const Error& why) {
      if (!tells_of_loss(why)) failed = why;
    });
    if (failed) return Failure(std::move(*failed));
    return complete;
  }

 private:
  Reachability walk_;
};

Result<std::vector<CommitStep>> newest_first(store::ObjectStore& store) {
  StoreCommits commits(store);
  std::vector<CommitStep> all;
  std::optional<Error> failed;
  store.for_each([&](const ObjectId& id, object::ObjectKind kind) {
    if (kind != object::ObjectKind::commit || failed) return;
    auto step = read_step_if_whole(commits, id);
    if (!step)
      failed = std::move(step).error();
    else if (*step)
      all.push_back(std::move(**step));
  });
  if (failed) return Failure(std::move(*failed));
  std::sort(all.begin(), all.end(), [](const CommitStep& a, const CommitStep& b) {
    return a.commit.sequence != b.commit.sequence ? a.commit.sequence > b.commit.sequence
                                                  : a.id < b.id;
  });
  return all;
}

// The newest commit of the chain of `head` whose tree is complete.
Result<OptionalId> newest_complete_of(store::ObjectStore& store, const ObjectId& head,
                                      Completeness& completeness) {
  StoreCommits commits(store);
  OptionalId found;
  VCS_TRY(walk_back(commits, head, [&](const CommitStep& step) -> Result<bool> {
    VCS_ASSIGN(const bool complete, completeness.is_complete(step.commit));
    if (complete) found = step.id;
    return !complete;
  }));
  return found;
}

}  // namespace

Result<OptionalId> advance_head(store::ObjectStore& store, OptionalId head) {
  StoreCommits commits(store);
  const std::vector<ObjectId>& points = store.recovery().commit_points;
  for (auto point = points.rbegin(); point != points.rend(); ++point) {
    VCS_ASSIGN(const auto step, read_step_if_whole(commits, *point));
    if (!step) continue;
    if (!head) return OptionalId(*point);
    const auto beyond = descends_from(commits, *point, *head);
    if (!beyond && !tells_of_loss(beyond.error())) return Failure(beyond.error());
    return beyond && *beyond ? OptionalId(*point) : head;
  }
  return head ? Result<OptionalId>(head) : newest_complete(store, std::nullopt);
}

Result<OptionalId> newest_behind(store::ObjectStore& store, OptionalId ancestor) {
  StoreCommits commits(store);
  VCS_ASSIGN(const std::vector<CommitStep> candidates, newest_first(store));
  std::optional<CommitStep> wanted;
  if (ancestor) {
    VCS_ASSIGN(wanted, read_step_if_whole(commits, *ancestor));
    if (!wanted) return OptionalId();
  }
  for (const CommitStep& candidate : candidates) {
    if (!wanted) return OptionalId(candidate.id);
    if (candidate.commit.sequence <= wanted->commit.sequence) break;
    VCS_ASSIGN(const bool behind, descends_from(commits, candidate.id, wanted->id));
    if (behind) return OptionalId(candidate.id);
  }
  return OptionalId();
}

Result<OptionalId> newest_complete(store::ObjectStore& store, OptionalId head) {
  Completeness completeness(store);
  if (head) {
    VCS_ASSIGN(const OptionalId found, newest_complete_of(store, *head, completeness));
    if (found) return found;
  }
  VCS_ASSIGN(const std::vector<CommitStep> candidates, newest_first(store));
  for (const CommitStep& candidate : candidates) {
    VCS_ASSIGN(const bool complete, completeness.is_complete(candidate.commit));
    if (complete) return OptionalId(candidate.id);
  }
  return OptionalId();
}

}  // namespace vcs::history
