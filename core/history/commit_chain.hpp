// SPDX-License-Identifier: Apache-2.0
// The chain of commits: reads a commit, walks from a commit back along the parents, and decides
// whether one commit descends from another.
//
// A commit is lost if reading it fails with an error of loss (base::tells_of_loss): nobody knows
// its parents. Any other error is temporary, and is never taken for a loss.
//
// May be used from any thread, if the source may.
#pragma once

#include <functional>
#include <optional>

#include "core/object/commit.hpp"
#include "core/store/object_store.hpp"

namespace vcs::history {

// A place to read commits from.
class CommitSource {
 public:
  virtual Result<object::Commit> read_commit(const object::ObjectId& id) = 0;

 protected:
  ~CommitSource() = default;
};

// Reads a commit from the store. Errors: the store's, and `corrupt` if the object is no commit.
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
// Nothing: the commit is lost.
Result<std::optional<CommitStep>> read_step_if_whole(CommitSource& source,
                                                     const object::ObjectId& id);
// Nothing: `step` is the first commit.
Result<std::optional<CommitStep>> parent_of(CommitSource& source, const CommitStep& step);

// The commit that a walk could not go beyond.
struct LostCommit {
  object::ObjectId id;
  Error why;  // tells of loss
};

// Visits `from`, its parent, and so on, until the visitor returns false or the first commit was
// visited: then it returns nothing. A walk that meets a lost commit (`from` itself, too) ends there
// and returns that commit. An error: a temporary one, or the visitor's.
using ChainVisitor = std::function<Result<bool>(const CommitStep& step)>;
Result<std::optional<LostCommit>> walk_back(CommitSource& source, const object::ObjectId& from,
                                            const ChainVisitor& visitor);

// True: `from` is `ancestor` or descends from it. False: the chain of `from` does not have it, or
// ends before it at a lost commit (`from` itself, too). An error: `ancestor` cannot be read (it may
// be lost), or a temporary one. Costs the reading of the commits that are younger than `ancestor`.
Result<bool> descends_from(CommitSource& source, const object::ObjectId& from,
                           const object::ObjectId& ancestor);

}  // namespace vcs::history
