// SPDX-License-Identifier: Apache-2.0
// Turns ingested entries into edits of the tree and of the index.
#include "core/snapshot/draft.hpp"

#include <algorithm>

#include "core/history/after_damage.hpp"
#include "core/history/repository.hpp"
#include "core/object/tree_paths.hpp"
#include "core/snapshot/entry_reader.hpp"
#include "core/worktree/folder_below.hpp"

namespace vcs::snapshot {

using object::ObjectId;
using object::TreeEntry;
using State = Ingested::State;

namespace {

// Most paths that differing() lists.
constexpr std::size_t kMostListed = 10'000;
// More files than this with a new mtime are worth a commit.
constexpr std::size_t kMostDeferred = 10'000;
// More edits than this are not kept in memory. They are worth a commit in any case.
constexpr std::size_t kMostGathered = 16'384;
static_assert(kMostGathered > kMostDeferred);
// The same limit in bytes, for deep trees, whose paths are long.
constexpr std::size_t kMostGatheredBytes = std::size_t{16} << 20;

bool is_the_same(const base::FileStat& now, const base::FileStat& captured) {
  return now.device == captured.device && now.inode == captured.inode &&
         now.size == captured.size && now.mtime == captured.mtime && now.ctime == captured.ctime;
}

object::EntryType entry_type(base::FileType type) {
  switch (type) {
    case base::FileType::directory:
      return object::EntryType::directory;
    case base::FileType::symlink:
      return object::EntryType::symlink;
    default:
      return object::EntryType::file;
  }
}

TreeEntry tree_entry(Ingested& ingested, bool record_owner) {
  TreeEntry entry;
  entry.type = entry_type(ingested.stat.type);
  entry.mode = ingested.stat.mode;
  if (record_owner) entry.uid = ingested.stat.uid, entry.gid = ingested.stat.gid;
  entry.mtime = ingested.stat.mtime;
  if (entry.type == object::EntryType::file) {
    entry.size = ingested.stat.size;
    entry.content = ingested.content;
  }
  entry.symlink_target = std::move(ingested.symlink_target);
  entry.attributes = std::move(ingested.attributes);
  entry.unstable = ingested.unstable;
  return entry;
}

index::IndexEntry index_entry(const Ingested& ingested) {
  index::IndexEntry entry;
  entry.type = entry_type(ingested.stat.type);
  entry.mode = ingested.stat.mode;
  entry.size = ingested.stat.size;
  entry.inode = ingested.stat.inode;
  entry.mtime = ingested.stat.mtime;
  entry.ctime = ingested.stat.ctime;
  entry.content = ingested.content;
  entry.recheck = ingested.racy || ingested.unstable || ingested.no_attributes;
  return entry;
}

}  // namespace

Result<std::unique_ptr<Draft>> Draft::start(history::Repository& repository,
                                            DeferredEntries& deferred,
                                            worktree::UnstableFiles& unstable, bool record_owner,
                                            int level) {
  VCS_ASSIGN(const ObjectId old_root, repository.after_damage().base_tree());
  return std::unique_ptr<Draft>(
      new Draft(repository, deferred, unstable, record_owner, level, old_root));
}

Draft::Draft(history::Repository& repository, DeferredEntries& deferred,
             worktree::UnstableFiles& unstable, bool record_owner, int level,
             const ObjectId& old_root)
    : repository_(repository),
      deferred_(deferred),
      unstable_files_(unstable),
      record_owner_(record_owner),
      old_root_(old_root),
      owes_(repository.owed().has_value()),
      root_(old_root),
      nodes_(repository.store(), object::ObjectKind::tree_node, level),
      index_(repository.index().update()) {}

Result<void> Draft::add(const worktree::Candidate& candidate, Ingested& ingested) {
  const std::string& path = candidate.path;
  if (candidate.stat && ingested.state != State::captured) {
    const bool is_directory = candidate.stat->type == base::FileType::directory;
    if (ingested.state == State::unreadable)
      problems_.push_back({path, std::move(*ingested.error)});
    else if (ingested.state == State::unstable)
      restless_.emplace(path, ingested.held_open);
    else
      retry_.push_back({path, is_directory, !is_directory});
    // The content of a new folder may have been read, and a restore needs the folder for it. So an
    // unreadable new folder is entered with the stat data of the walk, and marked as racy.
    if (ingested.state != State::unreadable || !is_directory || candidate.known) return {};
    ingested.stat = *candidate.stat;
    ingested.racy = true;
  }
  if (!candidate.stat && is_owed(path)) {
    owed_entries_.add(path);
    return {};
  }
  // The index has every entry of the tree.
  std::optional<TreeEntry> old;
  if (candidate.known && !old_root_.is_zero()) {
    VCS_ASSIGN(old, tree::find_entry(repository_.nodes(), old_root_, path));
  }
  if (!candidate.stat) return add_deletion(path, old.has_value());
  if (owes_ && candidate.stat->type != base::FileType::directory) no_folder_ = path;
  return add_captured(path, ingested, old);
}

// Not owed: paths below a file or symlink that has replaced their folder.
bool Draft::is_owed(const std::string& path) const {
  if (!owes_ || (!no_folder_.empty() && object::is_below(path, no_folder_))) return false;
  const auto known = repository_.index().find(path);
  return known && history::never_seen(*known);
}

// Lanes read deferred_ while the ingest runs, so it changes only afterwards.
void Draft::supersede(const std::string& path) {
  if (deferred_.contains(path)) superseded_.push_back(path);
}

void Draft::drop_superseded() {
  for (const std::string& path : superseded_) deferred_.erase(path);
  superseded_.clear();
}

Result<void> Draft::add_deletion(const std::string& path, bool was_there) {
  supersede(path);
  index_changes_ = true;
  VCS_TRY(index_->add(path, nullptr));
  if (!was_there) return {};
  ++changed_.deleted;
  return add_edit({path, std::nullopt});
}

Result<void> Draft::add_captured(const std::string& path, Ingested& ingested,
                                 const std::optional<TreeEntry>& old) {
  if (!ingested.unstable) unstable_files_.rests(path);
  unstable_ += ingested.unstable;
  index::IndexEntry seen = index_entry(ingested);
  const base::FileStat stat = ingested.stat;
  const bool recheck = seen.recheck;
  if (ingested.no_attributes) {
    if (old && old->type == seen.type)
      ingested.attributes = with_known_attributes(std::move(ingested.attributes),
                                                  ingested.unread_attributes, old->attributes);
    problems_.push_back({path, std::move(*ingested.no_attributes), true});
  }
  TreeEntry entry = tree_entry(ingested, record_owner_);
  shared_.captured(path, stat, entry);
  // A file that was captured while it was written, and now rests unchanged, is a change, too.
  const bool came_to_rest = old && old->unstable && !entry.unstable;
  const bool same_but_for_mtime = old && old->same_but_for_mtime(entry) && !came_to_rest;
  const bool soft = same_but_for_mtime && old->mtime != entry.mtime;
  // An entry that may be put off stays marked until a commit has it: deferred_ is only in memory.
  if (soft && differences_ == 0) seen.recheck = true;
  index_changes_ = true;
  VCS_TRY(index_->add(path, &seen));
  supersede(path);
  if (soft) {
    soft_.insert_or_assign(path, DeferredEntry{stat, std::move(entry), recheck});
    return edits_.size() + soft_.size() > kMostGathered ? flow({}) : Result<void>();
  }
  if (same_but_for_mtime) return {};
  ++(old ? changed_.modified : changed_.added);
  return add_edit({path, std::move(entry)});
}

Result<void> Draft::add_other_names(base::Directory& root) {
  if (shared_.too_many()) retry_.push_back({"", true});
  // The event of such a change has only one name, and the scan may have read that name after it.
  for (std::string& path : shared_.names_apart()) retry_.push_back({std::move(path), false});
  for (const SharedFiles::OtherName& other : shared_.other_names(repository_.index()))
    VCS_TRY(add_other_name(root, other));
  return {};
}

// The index entry of this name stays and no longer matches the disk, so the next scan of it reads
// the file.
Result<void> Draft::add_other_name(base::Directory& root, const SharedFiles::OtherName& other) {
  VCS_ASSIGN(const auto old, tree::find_entry(repository_.nodes(), old_root_, other.path));
  if (!old) return {};
  const bool came_to_rest = old->unstable && !other.entry->unstable;
  if (old->same_but_for_mtime(*other.entry) && !came_to_rest) return {};
  const auto now = worktree::stat_below(root, other.path);
  if (!now && now.error().code == ErrorCode::io) retry_.push_back({other.path, false});
  // If the name is gone or another file by now, other events report it.
  if (!now || !is_the_same(*now, *other.stat)) return {};
  const auto same_path = [&](const tree::TreeEdit& edit) { return edit.path == other.path; };
  if (std::any_of(edits_.begin(), edits_.end(), same_path)) return {};
  supersede(other.path);
  ++changed_.modified;
  return add_edit({other.path, *other.entry});
}

// Does not list a file that is being written: its events come only under the name that is written
// to, and scans find its other names from time to time.
Result<void> Draft::add_edit(tree::TreeEdit edit) {
  ++differences_;
  const bool is_on_its_way = edit.entry && edit.entry->unstable;
  if (lists_differences_ && !is_on_its_way && differing_.size() < kMostListed)
    differing_.push_back(edit.path);
  edit_bytes_ += edit.path.size();
  edits_.push_back(std::move(edit));
  const bool many =
      edits_.size() + soft_.size() > kMostGathered || edit_bytes_ > kMostGatheredBytes;
  return many ? flow({}) : Result<void>();
}

// Applies the edits in memory, and `more`, to the tree in order.
Result<void> Draft::flow(std::vector<tree::TreeEdit> more) {
  differences_ += soft_.size() + more.size();
  for (auto& [path, soft] : soft_) more.push_back({path, std::move(soft.entry)});
  soft_.clear();
  std::move(more.begin(), more.end(), std::back_inserter(edits_));
  std::sort(edits_.begin(), edits_.end(), [](const tree::TreeEdit& a, const tree::TreeEdit& b) {
    return object::compare_paths(a.path, b.path) < 0;
  });
  store::ObjectStore& store = repository_.store();
  VCS_ASSIGN(root_, tree::edit_tree(
                        repository_.nodes(), root_, edits_, [&](const ObjectId& id, Bytes node) {
                          return store.claim(id) ? nodes_.add(id, node) : Result<void>();
                        }));
  edits_.clear();
  edit_bytes_ = 0;
  // The next portion reads the nodes of this one.
  return nodes_.flush();
}

bool Draft::is_worth_a_commit(bool manual) const {
  const std::size_t soft = deferred_.size() - superseded_.size() + soft_.size();
  return differences_ > 0 || soft > kMostDeferred || (manual && soft > 0);
}

Result<ObjectId> Draft::finish_tree() {
  drop_superseded();
  std::vector<tree::TreeEdit> put_off;
  for (const auto& [path, deferred] : deferred_) put_off.push_back({path, deferred.entry});
  VCS_TRY(flow(std::move(put_off)));
  return root_;
}

void Draft::defer() {
  drop_superseded();
  for (auto& [path, soft] : soft_) deferred_.insert_or_assign(path, std::move(soft));
  soft_.clear();
}

Result<void> Draft::finish_index(const ObjectId& commit) {
  const bool is_news = index_changes_ || repository_.index().tag() != commit;
  return is_news ? index_->finish(commit) : Result<void>();
}

}  // namespace vcs::snapshot
