// SPDX-License-Identifier: Apache-2.0
// The chain of commits: how one is read, how it is walked from a commit back along the parents, and
// whether one commit goes on behind another.
//
// A commit is lost if reading it says so (base::tells_of_loss): nothing is known of what lies
// beyond it. Any other error is one of this moment, and is never taken for a loss.
//
// May be used from any thread, if the source may.
#pragma once

#include <functional>
#include <optional>

#include "core/object/commit.hpp"
#include "core/store/object_store.hpp"

namespace vcs::history {

// Where commits are read.
class CommitSource {
 public:
  virtual Result<object::Commit> read_commit(const object::ObjectId& id) = 0;

 protected:
  ~CommitSource() = default;
};

// As it lies in the store; errors are the store's, and `corrupt` for what is no commit.
Result<object::Commit> read_commit(store::ObjectStore& store, const object::ObjectId& id);

// The commits of a store. Errors name the commit.
class StoreCommits final : public CommitSource {
 public:
  explicit StoreCommits(store::ObjectStore& store) : store_(store) {}
  Result<object::Commit> read_commit(const object::ObjectId& id) override;

 private:
  store::ObjectStore& store_;
};

struct CommitStep {
  object::ObjectId id;
  object::Commit commit;
};

Result<CommitStep> read_step(CommitSource& source, const object::ObjectId& id);
// Nothing: it is lost.
Result<std::optional<CommitStep>> read_step_if_whole(CommitSource& source,
                                                     const object::ObjectId& id);
// Nothing: it is the first.
Result<std::optional<CommitStep>> parent_of(CommitSource& source, const CommitStep& step);

// The commit that a walk could not go beyond.
struct LostCommit {
  object::ObjectId id;
  Error why;  // tells of loss
};

// Visits `from`, its parent, and so on, until the visitor says false, or the first commit was
// visited: then nothing is given. A walk that meets a lost commit, which may be `from` itself, ends
// there and gives it. An error: one of this moment, or the visitor's.
using ChainVisitor = std::function<Result<bool>(const CommitStep& step)>;
Result<std::optional<LostCommit>> walk_back(CommitSource& source, const object::ObjectId& from,
                                            const ChainVisitor& visitor);

// True: `from` is `ancestor`, or goes on behind it. False: the chain of `from` does not have it, or
// not before a commit that is lost (`from` itself, too). An error: `ancestor` cannot be read, also
// because it is lost, or one of this moment. Costs the commits that are younger than `ancestor`.
Result<bool> descends_from(CommitSource& source, const object::ObjectId& from,
                           const object::ObjectId& ancestor);

}  // namespace vcs::history
