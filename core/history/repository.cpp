// SPDX-License-Identifier: Apache-2.0
// Opening a repository: lock, store, head, index, in this order.
#include "core/history/repository.hpp"

#include "core/base/held_lock.hpp"
#include "core/store/frame_builder.hpp"
#include "core/tree/tree_diff.hpp"
#include "core/tree/tree_writer.hpp"

namespace vcs::history {
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

// Visits every entry of a tree that can be read; what cannot is told to `lost` and stepped over.
Result<void> walk_readable(tree::NodeSource& nodes, const ObjectId& root,
                           const std::function<Result<void>(const object::LeafItem&)>& entry,
                           const std::function<void(const base::Error&)>& lost) {
  tree::TreeCursor cursor(nodes, root);
  for (Result<void> at = cursor.seek("");; at = cursor.next()) {
    if (at) {
      if (!cursor.valid()) return {};
      VCS_TRY(entry(cursor.item()));
      continue;
    }
    if (!tells_of_loss(at.error())) return at;
    lost(at.error());
    if (cursor.unreadable() == nullptr) return {};  // the root
  }
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
  repository->refs_ = std::make_unique<history::RefStore>(std::move(refs));
  VCS_ASSIGN(repository->head_, repository->refs_->reconcile(*repository->store_, log));
  VCS_ASSIGN(auto index, base::open_or_make_directory(*directory, "index"));
  VCS_ASSIGN(repository->index_, index::Index::open(std::move(index), log));
  VCS_TRY(repository->miss_what_the_index_knew());
  repository->nodes_ = std::make_unique<tree::NodeSource>(*repository->store_);
  repository->graph_ = std::make_unique<CommitGraph>(*directory, log);
  repository->mounts_ = repository->written_mounts_ = index::read_mounts(*directory, log);
  VCS_ASSIGN(const auto owed, read_owed(*directory, log));
  repository->owed_ = std::make_unique<OwedMark>(*directory, owed);
  repository->directory_ = std::move(directory);
  if (auto agreed = repository->reconcile_index(); !agreed) {
    if (!tells_of_loss(agreed.error())) return base::Failure(std::move(agreed).error());
    // The next snapshot finds that out as well, and reads every file.
    log.error(
        "the tree of the last commit is damaged: {}; see vcsctl verify, and repair it with "
        "vcsctl repair",
        agreed.error().message);
    VCS_TRY(repository->index_->clear());
  }
  return repository;
}

// The index names a durable commit. If the store lacks it, packs and refs were lost together.
Result<void> Repository::miss_what_the_index_knew() {
  const ObjectId known = index_->tag();
  if (known.is_zero() || !store_->lacks(known)) return {};
  VCS_ASSIGN(const auto lost, lost_head());
  if (lost) return {};
  log_.error(
      "commit {}, which the index was brought up to, is not in the store (vcsctl repair may "
      "bring it back)",
      known.short_hex());
  return name_commit(history::kLostHead, known);
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
    return log_.warning("cannot remember which folders disks are mounted on: {}",
                        written.error().message);
  written_mounts_ = mounts_;
}

void Repository::forget_removed_mounts() {
  std::erase_if(mounts_, [&](const auto& mount) { return !index_->find(mount.first); });
  remember_mounts({});
}

// The mark comes first: with it an index that knows the former folder loses nothing but time.
Result<void> Repository::owe_everything(base::UnixNanos since) {
  const auto turn = take_turn();
  const auto commit = head();
  if (!commit) return {};
  VCS_TRY(set_owed(Owed{*commit, since}));
  return index_->clear();
}

Result<std::uint64_t> Repository::catch_up_graph(const std::atomic<bool>& cancelled) {
  return graph_->catch_up({head(), *this, *store_}, cancelled);
}

Result<void> Repository::owe_nothing() {
  const auto turn = take_turn();
  return set_owed(std::nullopt);
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
  VCS_ASSIGN(object::Commit commit, history::read_commit(*store_, id));
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
    base_tree_.reset();
    continued_.reset();
  }
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
    VCS_ASSIGN(const auto commit, named_commit(name));
    if (commit) heads.push_back(*commit);
  }
  return heads;
}

Result<std::optional<ObjectId>> Repository::named_commit(const std::string& ref) {
  auto commit = refs_->read(ref);
  // A damaged name tells nothing.
  if (!commit && commit.error().code == ErrorCode::corrupt) return std::nullopt;
  return commit;
}

Result<void> Repository::name_commit(const std::string& ref, const ObjectId& commit) {
  auto written = refs_->write(ref, commit, true);
  std::lock_guard lock(mutex_);
  if (ref == history::kLostHead) lost_head_.reset();
  return written;
}

Result<std::optional<ObjectId>> Repository::lost_head() {
  {
    std::lock_guard lock(mutex_);
    if (lost_head_) return *lost_head_;
  }
  VCS_ASSIGN(const std::optional<ObjectId> lost, named_commit(history::kLostHead));
  std::lock_guard lock(mutex_);
  lost_head_ = lost;
  return lost;
}

Result<void> Repository::forget_lost_head() {
  return forget_name(history::kLostHead);
}

Result<void> Repository::forget_name(const std::string& ref) {
  VCS_TRY(refs_->remove(ref));
  std::lock_guard lock(mutex_);
  if (ref == history::kLostHead) lost_head_.reset();
  return {};
}

void Repository::continue_behind(const ObjectId& commit) {
  std::lock_guard lock(mutex_);
  continued_ = commit;
}

std::optional<ObjectId> Repository::next_parent() const {
  std::lock_guard lock(mutex_);
  return continued_ ? continued_ : head_;
}

Result<ObjectId> Repository::base_tree() {
  {
    std::lock_guard lock(mutex_);
    if (base_tree_) return *base_tree_;
  }
  return head_tree();
}

void Repository::forget_base_tree() {
  std::lock_guard lock(mutex_);
  base_tree_.reset();
}

Result<bool> Repository::head_tree_is_readable() {
  VCS_ASSIGN(const ObjectId tree, head_tree());
  bool readable = true;
  VCS_TRY(walk_readable(
      *nodes_, tree, [](const object::LeafItem&) { return Result<void>(); },
      [&](const base::Error&) { readable = false; }));
  return readable;
}

// The tree is written anew from its entries. Nodes that are as they were have their old ids, and
// only those that the store lacks are appended.
Result<void> Repository::doubt_everything(int level) {
  const ObjectId commit = head().value_or(ObjectId{});
  VCS_ASSIGN(const ObjectId tree, head_tree());
  VCS_TRY(index_->clear());
  store::FrameBuilder frames(*store_, object::ObjectKind::tree_node, level);
  const object::EmitObject emit = [&](const ObjectId& id, base::Bytes node) {
    return store_->claim(id) ? frames.add(id, node) : Result<void>();
  };
  tree::TreeWriter writer(*nodes_, emit);
  std::vector<index::IndexChange> changes;
  const auto flush = [&](const ObjectId& tag) {
    auto applied = index_->apply(changes, tag);
    changes.clear();
    return applied;
  };
  const auto entry = [&](const object::LeafItem& item) -> Result<void> {
    changes.push_back({item.path, untrusted(item.entry)});
    VCS_TRY(writer.add_entry(item));
    return changes.size() < kIndexBatch ? Result<void>() : flush(index_->tag());
  };
  VCS_TRY(walk_readable(*nodes_, tree, entry, [&](const base::Error& why) {
    log_.error("a part of the tree of commit {} is lost and is made anew from the files: {}",
               commit.short_hex(), why.message);
  }));
  VCS_ASSIGN(const ObjectId root, writer.finish());
  VCS_TRY(frames.flush());
  VCS_TRY(flush(commit));
  std::lock_guard lock(mutex_);
  base_tree_ = root;
  return {};
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

  std::vector<index::IndexChange> changes;
  Result<void> applied;
  const auto flush = [&](const ObjectId& tag) {
    applied = index_->apply(changes, tag);
    changes.clear();
    return applied.has_value();
  };
  VCS_TRY(tree::diff_trees(*nodes_, known_tree, tree, [&](const tree::TreeChange& change) {
    std::optional<index::IndexEntry> entry;
    if (change.after) entry = untrusted(*change.after);
    changes.push_back({change.path, entry});
    // The tag moves with the last batch only: a crash in between starts over.
    return changes.size() < kIndexBatch || flush(index_->tag());
  }));
  VCS_TRY(applied);
  return index_->apply(changes, wanted);
}

}  // namespace vcs::history
