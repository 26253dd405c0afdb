// SPDX-License-Identifier: Apache-2.0
// The route of a save, step by step.
#include "core/snapshot/snapshotter.hpp"

#include <algorithm>

#include "core/base/memory.hpp"
#include "core/history/after_damage.hpp"
#include "core/history/repository.hpp"
#include "core/object/tree_paths.hpp"
#include "core/snapshot/draft.hpp"
#include "core/snapshot/ingest.hpp"
#include "core/worktree/folder_below.hpp"
#include "core/worktree/tree_scanner.hpp"

namespace vcs::snapshot {
namespace {

using object::ObjectId;

// True if the scan waits for the folder below the mount, not for a filesystem: nobody needs to
// mount anything.
bool is_covered(const index::Mount& mount) {
  return mount.here.device == 0;
}

bool is_there(base::Directory& root, std::string_view path, std::uint64_t inode) {
  const auto now = worktree::stat_below(root, path);
  return now && now->inode == inode;
}

}  // namespace

Snapshotter::Snapshotter(history::Repository& repository, const object::Chunker& chunker,
                         const base::Clock& clock, base::ThreadPool& pool, const base::Log& log)
    : repository_(repository),
      chunker_(chunker),
      clock_(clock),
      pool_(pool),
      log_(log),
      unstable_(clock) {}

// A candidate that is known to differ only in its mtime need not be read again.
bool Snapshotter::is_known_deferred(const worktree::Candidate& candidate) const {
  if (!candidate.stat || candidate.written || deferred_.empty()) return false;
  const auto known = deferred_.find(candidate.path);
  return known != deferred_.end() && !known->second.recheck &&
         known->second.stat == *candidate.stat;
}

// A change made through a hard link that no longer exists is found through the file's other names,
// so this marks them. If the link still exists, add_other_names() enters its captured state under
// the others.
void Snapshotter::mark_other_names(base::Directory& root,
                                   std::vector<worktree::Mark>& marks) const {
  if (linked_.empty()) return;
  std::unordered_set<std::uint64_t> touched;
  const auto cursor = repository_.index().cursor();
  const auto is_linked_file = [&] {
    return cursor->entry().type == object::EntryType::file &&
           linked_.contains(cursor->entry().inode);
  };
  for (const worktree::Mark& mark : marks) {
    for (cursor->seek(mark.path); cursor->valid(); cursor->next()) {
      if (cursor->path() != mark.path &&
          !(mark.recursive && object::is_below(cursor->path(), mark.path)))
        break;
      if (is_linked_file() && !is_there(root, cursor->path(), cursor->entry().inode))
        touched.insert(cursor->entry().inode);
    }
  }
  if (touched.empty()) return;
  for (cursor->seek(""); cursor->valid(); cursor->next())
    if (is_linked_file() && touched.contains(cursor->entry().inode))
      marks.push_back({std::string(cursor->path()), false});
}

void Snapshotter::remember_linked(const std::vector<worktree::LinkedFile>& files) {
  if (linked_.size() >= worktree::kMostSharedFiles) return;
  for (const worktree::LinkedFile& file : files) linked_.insert(file.inode);
}

Result<std::unique_ptr<worktree::TreeScan>> Snapshotter::start_scan(
    const std::shared_ptr<base::Directory>& root, const SnapshotRequest& request,
    const SnapshotOptions& options) {
  worktree::ScanOptions scan = options.scan;
  scan.mounts = &repository_.mounts();
  return worktree::TreeScan::start(root, repository_.index(), request.marks, scan);
}

// Walks, reads and stores; adds every entry to the draft.
Result<void> Snapshotter::read(std::shared_ptr<base::Directory> root, worktree::TreeScan& scan,
                               const SnapshotRequest& request, const SnapshotOptions& options,
                               bool read_everything, Draft& draft) {
  const bool takes_all = request.take_restless || request.kind == object::CommitKind::manual;
  IngestOptions ingest_options = options.ingest;
  ingest_options.capture_unstable = [&](const std::string& path) {
    if (!takes_all) return unstable_.is_due(path, options.unstable_interval);
    unstable_.captured(path);
    return true;
  };
  ingest_options.known = [&](const worktree::Candidate& candidate) {
    return !read_everything && is_known_deferred(candidate);
  };
  ingest_options.survey = [&] { return start_scan(root, request, options); };
  IngestSink sink = [&](IngestedBatch& batch) -> Result<void> {
    for (std::size_t i = 0; i < batch.candidates.size(); ++i)
      VCS_TRY(draft.add(batch.candidates[i], batch.results[i]));
    return {};
  };
  return ingest({.root = *root,
                 .scan = scan,
                 .store = repository_.store(),
                 .chunker = chunker_,
                 .clock = clock_,
                 .options = std::move(ingest_options),
                 .progress = progress_.ingest,
                 .sink = std::move(sink)},
                pool_);
}

Result<void> Snapshotter::commit(Draft& draft, const SnapshotRequest& request,
                                 const SnapshotOptions& options, object::TreeEntry top,
                                 SnapshotOutcome& outcome) {
  object::Commit& commit = outcome.commit;
  VCS_ASSIGN(commit.tree, draft.finish_tree());
  commit.parent = repository_.after_damage().next_parent();
  if (commit.parent && commit.parent == repository_.head() &&
      request.kind == object::CommitKind::automatic) {
    // The tree was damaged, and the files gave the same tree again.
    VCS_ASSIGN(const ObjectId tree, repository_.head_tree());
    VCS_ASSIGN(const auto last, last_top());
    if (tree == commit.tree && last && last->same_but_for_mtime(top))
      return keep_head(draft, outcome);
  }
  commit.sequence = 1;
  commit.changed = draft.changed();
  if (commit.parent) {
    VCS_ASSIGN(const auto parent, repository_.read_commit(*commit.parent));
    commit.sequence = parent.sequence + 1;
    commit.changed.modified += parent.root && !parent.root->same_but_for_mtime(top);
  }
  commit.root = std::move(top);
  commit.time = clock_.now();
  commit.kind = request.kind;
  commit.message = request.message;
  commit.device = options.device;
  commit.unstable = draft.unstable();
  const Bytes bytes = object::encode_commit(commit);
  outcome.id = object::hash_bytes(bytes);
  object::Compressor compressor;
  const pack::FrameInput input[] = {{outcome.id, bytes}};
  VCS_ASSIGN(const auto frame, pack::encode_frame(object::ObjectKind::commit, input,
                                                  options.ingest.level, compressor, true));
  VCS_TRY(repository_.store().commit(frame, losses_));
  outcome.created = true;
  // No further lookups follow, and the index is about to need memory.
  repository_.store().release_claims();

  // From here on the save is safe. The ref can be rebuilt from the log, and the index may lag.
  if (auto moved = repository_.set_head(outcome.id); !moved)
    log_.warning(
        "cannot write the ref of commit {}: {}; it will be restored "
        "from the log",
        outcome.id.short_hex(), moved.error().message);
  deferred_.clear();
  if (auto applied = draft.finish_index(outcome.id); !applied)
    log_.warning(
        "cannot update the index: {}; it will be brought up to date "
        "at the next snapshot",
        applied.error().message);
  return {};
}

Result<void> Snapshotter::keep_head(Draft& draft, SnapshotOutcome& outcome) {
  draft.defer();
  VCS_TRY(repository_.store().sync());
  if (repository_.store().losses() != losses_)
    return fail(
        ErrorCode::io,
        "objects that were stored again were lost, because their pack could not be written");
  repository_.after_damage().forget_base_tree();
  outcome.id = *repository_.head();
  VCS_ASSIGN(outcome.commit, repository_.read_commit(outcome.id));
  return draft.finish_index(outcome.id);
}

// The head's entry of the top folder. Nothing: no commit yet, or the commit is from a version that
// did not record it.
Result<std::optional<object::TreeEntry>> Snapshotter::last_top() {
  const auto head = repository_.head();
  if (!head) return std::nullopt;
  VCS_ASSIGN(auto commit, repository_.read_commit(*head));
  return std::move(commit.root);
}

Result<bool> Snapshotter::must_commit(const Draft& draft, const SnapshotRequest& request,
                                      const object::TreeEntry& top, bool read_everything) {
  if (!repository_.head() || repository_.after_damage().next_parent() != repository_.head())
    return true;
  // A person marks this state with a message, even if it was saved a moment before.
  if (!request.message.empty()) return true;
  const bool manual = request.kind == object::CommitKind::manual;
  if (draft.is_worth_a_commit(manual)) return true;
  VCS_ASSIGN(const auto last, last_top());
  if (!last || !last->same_but_for_mtime(top) || (manual && *last != top)) return true;
  if (!read_everything) return false;
  VCS_ASSIGN(const ObjectId base, repository_.after_damage().base_tree());
  VCS_ASSIGN(const ObjectId tree, repository_.head_tree());
  return base != tree;
}

Result<SnapshotOutcome> Snapshotter::attempt(std::shared_ptr<base::Directory> root,
                                             SnapshotRequest& request,
                                             const SnapshotOptions& options, bool read_everything) {
  losses_ = repository_.store().losses();
  VCS_TRY(read_everything ? repository_.after_damage().doubt_everything(options.ingest.level)
                          : repository_.reconcile_index());
  if (!worktree::covers_everything(request.marks)) mark_other_names(*root, request.marks);
  progress_.stage = SnapshotProgress::Stage::reading;
  VCS_ASSIGN(const auto last, last_top());
  VCS_ASSIGN(object::TreeEntry top, top_.look(*root, clock_, options.record_owner, last));
  VCS_ASSIGN(const auto scan, start_scan(root, request, options));
  VCS_ASSIGN(const auto draft, Draft::start(repository_, deferred_, unstable_, options.record_owner,
                                            options.ingest.level));
  if (request.list_differences) draft->list_differences();
  VCS_TRY(read(root, *scan, request, options, read_everything, *draft));
  VCS_TRY(draft->add_other_names(*root));
  worktree::ScanReport report = scan->report();
  // Before the commit: once content is saved, an unmount must not look like its deletion.
  repository_.remember_mounts(report.mounts);
  remember_linked(report.linked);

  progress_.stage = SnapshotProgress::Stage::committing;
  SnapshotOutcome outcome;
  outcome.differences = draft->differences();
  outcome.differing = std::move(draft->differing());
  if (request.list_differences) outcome.same_files = draft->same_files();
  VCS_ASSIGN(const bool worth_it, must_commit(*draft, request, top, read_everything));
  if (worth_it) {
    VCS_TRY(commit(*draft, request, options, std::move(top), outcome));
  } else if (read_everything) {
    VCS_TRY(keep_head(*draft, outcome));
  } else {
    draft->defer();
    outcome.id = *repository_.head();
    VCS_ASSIGN(outcome.commit, repository_.read_commit(outcome.id));
    VCS_TRY(draft->finish_index(outcome.id));
  }
  repository_.forget_removed_mounts();
  for (const auto& [path, mount] : repository_.mounts())
    if (mount.is_away() && !is_covered(mount)) outcome.unmounted.push_back(path);
  outcome.problems = std::move(report.problems);
  std::move(draft->problems().begin(), draft->problems().end(),
            std::back_inserter(outcome.problems));
  if (top_.no_attributes()) outcome.problems.push_back({"", *top_.no_attributes(), true});
  outcome.retry = std::move(draft->retry());
  for (const auto& [path, held_open] : draft->restless())
    outcome.restless.push_back({path, unstable_.wait(path, options.unstable_interval, held_open)});
  outcome.special = std::move(report.special);
  outcome.builtin = std::move(report.builtin);
  outcome.absent = std::move(report.absent);
  outcome.linked = std::move(report.linked);
  outcome.owed = draft->owed();
  outcome.full = worktree::covers_everything(request.marks);
  settle_owed(outcome);
  return outcome;
}

// A full scan that finds no owed file proves that all were written: removes the mark.
void Snapshotter::settle_owed(const SnapshotOutcome& outcome) {
  if (!outcome.full || outcome.owed.count != 0 || !repository_.owed()) return;
  if (auto settled = repository_.set_owed(std::nullopt); !settled)
    log_.warning("cannot remove the record of owed files: {}", settled.error().message);
}

// The head's tree may be damaged, and saves must not wait for a repair.
Result<SnapshotOutcome> Snapshotter::attempt_after_loss(std::shared_ptr<base::Directory> root,
                                                        const SnapshotRequest& request,
                                                        const SnapshotOptions& options,
                                                        const Error& why) {
  VCS_ASSIGN(const bool readable, repository_.after_damage().head_tree_is_readable());
  if (readable) return Failure(why);
  log_.error("the tree of the last commit is damaged: {}; every file is read again", why.message);
  repository_.store().release_claims();
  repository_.store().abandon();
  SnapshotRequest everything = request;
  everything.marks = {{"", true}};
  return attempt(std::move(root), everything, options, true);
}

Result<SnapshotOutcome> Snapshotter::take(std::shared_ptr<base::Directory> root,
                                          const SnapshotRequest& asked,
                                          const SnapshotOptions& options) {
  const base::Lock turn(repository_.turn());
  progress_.ingest.files_done = progress_.ingest.files_total = 0;
  progress_.ingest.bytes_done = progress_.ingest.bytes_total = 0;
  // Index entries that come from the head's tree have no inodes: without a full scan, the other
  // names of a file would not be found.
  looks_at_everything_ |= repository_.index_lags();
  SnapshotRequest request = asked;
  if (looks_at_everything_) request.marks.push_back({"", true});
  const bool everything =
      worktree::covers_everything(request.marks) && read_everything_.exchange(false);
  // release_claims() below also follows a lack of memory: an object that was claimed but not stored
  // must not count as stored.
  auto outcome = base::within_memory([&] { return attempt(root, request, options, everything); });
  if (!outcome && !everything && tells_of_loss(outcome.error()))
    outcome = base::within_memory(
        [&] { return attempt_after_loss(root, request, options, outcome.error()); });
  repository_.store().release_claims();
  if (outcome && outcome->full) looks_at_everything_ = false;
  if (!outcome) {
    repository_.store().abandon();
    repository_.after_damage().forget_base_tree();
    if (everything) read_everything_ = true;
  } else if (repository_.index().wants_merge()) {
    if (auto merged = repository_.index().merge(); !merged)
      log_.warning(
          "cannot merge the journal into the index: {}; it is tried again at the next snapshot",
          merged.error().message);
  }
  progress_.stage = SnapshotProgress::Stage::idle;
  return outcome;
}

}  // namespace vcs::snapshot
