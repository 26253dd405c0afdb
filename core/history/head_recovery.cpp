// SPDX-License-Identifier: Apache-2.0
// A read error is never taken for a missing object: the head does not move because a disk was busy
// failing.
#include "core/history/head_recovery.hpp"

#include <algorithm>

#include "core/history/reachability.hpp"

namespace vcs::history {
namespace {

using base::Result;
using object::Commit;
using object::ObjectId;
using OptionalId = std::optional<ObjectId>;

// Answers for commit after commit, and remembers what was complete.
class Completeness {
 public:
  explicit Completeness(store::ObjectStore& store)
      : walk_(store, [&store](const ObjectId& id) { return store.contains(id); }) {}

  Result<bool> is_complete(const Commit& commit) {
    std::optional<base::Error> failed;
    const bool complete = walk_.check_tree(
        commit.tree,
        [&](const ObjectId&, object::ObjectKind, const std::string&, const base::Error& why) {
          if (!tells_of_loss(why)) failed = why;
        });
    if (failed) return base::Failure(std::move(*failed));
    return complete;
  }

 private:
  Reachability walk_;
};

struct Candidate {
  std::uint64_t sequence;
  ObjectId id;
  Commit commit;
};

Result<std::vector<Candidate>> newest_first(store::ObjectStore& store) {
  std::vector<Candidate> all;
  std::optional<base::Error> failed;
  store.for_each([&](const ObjectId& id, object::ObjectKind kind) {
    if (kind != object::ObjectKind::commit || failed) return;
    auto commit = read_commit(store, id);
    if (!commit)
      failed = std::move(commit).error();
    else if (*commit)
      all.push_back({(*commit)->sequence, id, std::move(**commit)});
  });
  if (failed) return base::Failure(std::move(*failed));
  std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return a.sequence != b.sequence ? a.sequence > b.sequence : a.id < b.id;
  });
  return all;
}

// True if `ancestor` is met on the way back from `from`. Sequences fall along that way, so it is
// left as soon as it is too old.
Result<bool> descends_from(store::ObjectStore& store, const ObjectId& from,
                           const ObjectId& ancestor, std::uint64_t ancestor_sequence) {
  OptionalId at = from;
  while (at) {
    if (*at == ancestor) return true;
    VCS_ASSIGN(const std::optional<Commit> commit, read_commit(store, *at));
    if (!commit || commit->sequence <= ancestor_sequence) return false;
    at = commit->parent;
  }
  return false;
}

}  // namespace

Result<std::optional<Commit>> read_commit(store::ObjectStore& store, const ObjectId& id) {
  Result<Commit> commit =
      store.get(id).and_then([](const base::Bytes& bytes) { return object::decode_commit(bytes); });
  if (commit) return std::optional(std::move(*commit));
  if (tells_of_loss(commit.error())) return std::nullopt;
  return base::Failure(std::move(commit).error());
}

Result<OptionalId> advance_head(store::ObjectStore& store, OptionalId head) {
  const std::vector<ObjectId>& points = store.recovery().commit_points;
  for (auto point = points.rbegin(); point != points.rend(); ++point) {
    VCS_ASSIGN(const std::optional<Commit> commit, read_commit(store, *point));
    if (!commit) continue;
    if (!head) return OptionalId(*point);
    VCS_ASSIGN(const std::optional<Commit> head_commit, read_commit(store, *head));
    if (!head_commit) return head;
    VCS_ASSIGN(const bool beyond, descends_from(store, *point, *head, head_commit->sequence));
    return beyond ? OptionalId(*point) : head;
  }
  return head ? Result<OptionalId>(head) : newest_complete(store, std::nullopt);
}

Result<OptionalId> newest_behind(store::ObjectStore& store, OptionalId ancestor) {
  VCS_ASSIGN(const std::vector<Candidate> candidates, newest_first(store));
  std::uint64_t sequence = 0;
  if (ancestor) {
    VCS_ASSIGN(const std::optional<Commit> commit, read_commit(store, *ancestor));
    if (!commit) return OptionalId();
    sequence = commit->sequence;
  }
  for (const Candidate& candidate : candidates) {
    if (!ancestor) return OptionalId(candidate.id);
    if (candidate.sequence <= sequence) break;
    VCS_ASSIGN(const bool behind, descends_from(store, candidate.id, *ancestor, sequence));
    if (behind) return OptionalId(candidate.id);
  }
  return OptionalId();
}

Result<OptionalId> newest_complete(store::ObjectStore& store, OptionalId head) {
  Completeness completeness(store);
  for (OptionalId at = head; at;) {
    VCS_ASSIGN(const std::optional<Commit> commit, read_commit(store, *at));
    if (!commit) break;
    VCS_ASSIGN(const bool complete, completeness.is_complete(*commit));
    if (complete) return at;
    at = commit->parent;
  }
  VCS_ASSIGN(const std::vector<Candidate> candidates, newest_first(store));
  for (const Candidate& candidate : candidates) {
    VCS_ASSIGN(const bool complete, completeness.is_complete(candidate.commit));
    if (complete) return OptionalId(candidate.id);
  }
  return OptionalId();
}

}  // namespace vcs::history
