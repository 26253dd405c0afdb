// Opening a repository: lock, store, head, index, in this order.
#include "core/snapshot/repository.hpp"

#include "core/base/held_lock.hpp"
#include "core/snapshot/tree_diff.hpp"

namespace vcs::snapshot {
namespace {

using base::ErrorCode;
using base::Result;
using object::ObjectId;

constexpr const char* kLockName = "lock";
// Changes applied to the index at a time while it is rebuilt.
constexpr std::size_t kIndexBatch = 50'000;

Result<std::unique_ptr<base::File>> take_lock(base::Directory& directory,
                                              const std::string& holder) {
  auto lock = base::hold_lock(directory, kLockName, holder);
  if (lock || lock.error().code != ErrorCode::busy) return lock;
  return base::fail(ErrorCode::busy, "the repository is in use by {}; stop it first (vcsctl stop)",
                    lock.error().message);
}

// What the index says of an entry that it has not seen itself: something is there, nothing about it
// can be trusted.
index::IndexEntry untrusted(const object::TreeEntry& entry) {
  index::IndexEntry known;
  known.type = entry.type;
  known.mode = entry.mode;
  known.size = entry.size;
  known.mtime = entry.mtime;
  known.content = entry.content;
  known.recheck = true;
  return known;
}

}  // namespace

Result<std::unique_ptr<Repository>> Repository::open(std::unique_ptr<base::Directory> directory,
                                                     const store::StoreOptions& options,
                                                     const std::string& holder,
                                                     const base::Log& log) {
  std::unique_ptr<Repository> repository(new Repository);
  repository->log_ = log;
  VCS_ASSIGN(repository->lock_, take_lock(*directory, holder));
  VCS_ASSIGN(auto packs, base::open_or_make_directory(*directory, "packs"));
  VCS_ASSIGN(repository->store_, store::ObjectStore::open(std::move(packs), options, log));
  VCS_ASSIGN(auto refs, base::open_or_make_directory(*directory, "refs"));
  repository->refs_ = std::make_unique<store::RefStore>(std::move(refs));
  VCS_ASSIGN(repository->head_, repository->refs_->reconcile(*repository->store_, log));
  VCS_ASSIGN(auto index, base::open_or_make_directory(*directory, "index"));
  VCS_ASSIGN(repository->index_, index::Index::open(std::move(index), log));
  repository->nodes_ = std::make_unique<NodeSource>(*repository->store_);
  repository->graph_ = std::make_unique<CommitGraph>(*directory, log);
  repository->directory_ = std::move(directory);
  VCS_TRY(repository->reconcile_index());
  return repository;
}

std::optional<ObjectId> Repository::head() const {
  std::lock_guard lock(mutex_);
  return head_;
}

Result<object::Commit> Repository::read_commit(const ObjectId& id) {
  {
    std::lock_guard lock(mutex_);
    if (head_commit_ && head_ == id) return *head_commit_;
  }
  VCS_ASSIGN(const auto bytes, store_->get(id));
  VCS_ASSIGN(object::Commit commit, object::decode_commit(bytes));
  std::lock_guard lock(mutex_);
  if (head_ == id) head_commit_ = commit;
  return commit;
}

Result<ObjectId> Repository::head_tree() {
  const auto commit_id = head();
  if (!commit_id) return ObjectId{};
  VCS_ASSIGN(const auto commit, read_commit(*commit_id));
  return commit.tree;
}

Result<void> Repository::set_head(const ObjectId& commit) {
  {
    std::lock_guard lock(mutex_);
    head_ = commit;
    head_commit_.reset();
  }
  return refs_->write(store::kHead, commit);
}

Result<void> Repository::reconcile_index() {
  const ObjectId wanted = head().value_or(ObjectId{});
  if (index_->tag() == wanted && !index_->was_reset()) return {};
  VCS_ASSIGN(const ObjectId tree, head_tree());

  ObjectId known_tree;
  const auto known = index_->tag().is_zero() ? Result<object::Commit>(object::Commit{})
                                             : read_commit(index_->tag());
  if (known && !index_->was_reset()) {
    known_tree = known->tree;
  } else {
    VCS_TRY(index_->clear());
  }

  std::vector<index::IndexChange> changes;
  Result<void> applied;
  const auto flush = [&](const ObjectId& tag) {
    applied = index_->apply(changes, tag);
    changes.clear();
    return applied.has_value();
  };
  VCS_TRY(diff_trees(*nodes_, known_tree, tree, [&](const TreeChange& change) {
    std::optional<index::IndexEntry> entry;
    if (change.after) entry = untrusted(*change.after);
    changes.push_back({change.path, entry});
    // The tag moves with the last batch only: a crash in between starts over.
    return changes.size() < kIndexBatch || flush(index_->tag());
  }));
  VCS_TRY(applied);
  return index_->apply(changes, wanted);
}

}  // namespace vcs::snapshot
