// SPDX-License-Identifier: Apache-2.0
// Opens a repository: lock, store, head, index, in this order.
#include "core/history/repository.hpp"

#include "core/base/held_lock.hpp"
#include "core/history/after_damage.hpp"
#include "core/history/commit_graph.hpp"
#include "core/history/unseen_entries.hpp"
#include "core/tree/tree_diff.hpp"

namespace vcs::history {
namespace {

using object::ObjectId;

constexpr const char* kLockName = "lock";

Result<std::unique_ptr<base::File>> take_lock(base::Directory& directory,
                                              const std::string& holder) {
  auto lock = base::hold_lock(directory, kLockName, holder);
  if (lock || lock.error().code != ErrorCode::busy) return lock;
  return fail(ErrorCode::busy, "the repository is in use by {}; stop it first (vcsctl stop)",
              lock.error().message);
}

}  // namespace

Repository::~Repository() = default;

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
  repository->refs_ = std::make_unique<history::RefStore>(std::move(refs));
  VCS_ASSIGN(const auto head, repository->refs_->reconcile(*repository->store_, log));
  repository->head_ = std::make_unique<Head>(*repository->store_, head);
  VCS_ASSIGN(auto index, base::open_or_make_directory(*directory, "index"));
  VCS_ASSIGN(repository->index_, index::Index::open(std::move(index), log));
  repository->nodes_ = std::make_unique<tree::NodeSource>(*repository->store_);
  repository->after_damage_ = std::make_unique<AfterDamage>(
      AfterDamage::Parts{*repository->store_, *repository->index_, *repository->nodes_,
                         *repository->refs_, *repository->head_},
      log);
  VCS_TRY(repository->after_damage_->miss_what_the_index_knew());
  repository->graph_ = std::make_unique<CommitGraph>(*directory, log);
  repository->mounts_ = repository->written_mounts_ = index::read_mounts(*directory, log);
  VCS_ASSIGN(const auto owed, read_owed(*directory, log));
  repository->owed_ = std::make_unique<OwedMark>(*directory, owed);
  repository->directory_ = std::move(directory);
  if (auto agreed = repository->reconcile_index(); !agreed) {
    if (!tells_of_loss(agreed.error())) return Failure(std::move(agreed).error());
    // The next save finds that, too, and reads every file.
    log.error(
        "the tree of the last commit is damaged: {}; see vcsctl verify, and repair it with "
        "vcsctl repair",
        agreed.error().message);
    VCS_TRY(repository->index_->clear());
  }
  return repository;
}

void Repository::remember_mounts(const std::vector<index::MountSighting>& news) {
  for (const index::MountSighting& seen : news) {
    if (seen.mount)
      mounts_.insert_or_assign(seen.path, *seen.mount);
    else
      mounts_.erase(seen.path);
  }
  if (mounts_ == written_mounts_) return;
  if (auto written = index::write_mounts(*directory_, mounts_); !written)
    return log_.warning("cannot write the list of mounts: {}", written.error().message);
  written_mounts_ = mounts_;
}

void Repository::forget_removed_mounts() {
  std::erase_if(mounts_, [&](const auto& mount) { return !index_->find(mount.first); });
  remember_mounts({});
}

// Sets the mark first: after it, an index of the former folder costs only time.
Result<void> Repository::owe_everything(base::UnixNanos since) {
  const base::Lock turn(turn_);
  const auto commit = head();
  if (!commit) return {};
  VCS_TRY(set_owed(Owed{*commit, since}));
  return index_->clear();
}

Result<std::uint64_t> Repository::catch_up_graph(const std::atomic<bool>& cancelled) {
  return graph_->catch_up({head(), *this, *store_}, cancelled);
}

Result<void> Repository::owe_nothing() {
  const base::Lock turn(turn_);
  return set_owed(std::nullopt);
}

Result<void> Repository::set_head(const ObjectId& commit) {
  after_damage_->move_head(commit);
  return refs_->write(history::kHead, commit);
}

Result<void> Repository::secure_head() {
  const auto commit = head();
  return commit ? refs_->write(history::kHead, *commit, true) : Result<void>();
}

void Repository::trim_memory() const {
  store_->trim_memory();
  index_->trim_memory();
}

Result<std::vector<ObjectId>> Repository::heads() {
  std::vector<ObjectId> heads;
  if (const auto commit = head()) heads.push_back(*commit);
  VCS_ASSIGN(const std::vector<std::string> names, refs_->names());
  for (const std::string& name : names) {
    if (name == history::kHead) continue;
    VCS_ASSIGN(const auto commit, after_damage_->named_commit(name));
    if (commit) heads.push_back(*commit);
  }
  return heads;
}

bool Repository::index_lags() const {
  return index_->tag() != head().value_or(ObjectId{}) || index_->was_reset();
}

Result<void> Repository::reconcile_index() {
  if (!index_lags()) return {};
  const ObjectId wanted = head().value_or(ObjectId{});
  VCS_ASSIGN(const ObjectId tree, head_tree());

  ObjectId known_tree;
  const auto known = index_->tag().is_zero() ? Result<object::Commit>(object::Commit{})
                                             : read_commit(index_->tag());
  if (known && !index_->was_reset()) {
    known_tree = known->tree;
  } else {
    VCS_TRY(index_->clear());
  }

  UnseenEntries unseen(*index_);
  Result<void> added;
  VCS_TRY(tree::diff_trees(*nodes_, known_tree, tree, [&](const tree::TreeChange& change) {
    added = unseen.add(change.path, change.after);
    return added.has_value();
  }));
  VCS_TRY(added);
  return unseen.finish(wanted);
}

}  // namespace vcs::history
