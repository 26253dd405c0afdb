// The route of a save, step by step.
#include "core/snapshot/snapshotter.hpp"

#include <algorithm>

#include "core/snapshot/frame_builder.hpp"

namespace vcs::snapshot {
namespace {

using base::Result;
using object::ObjectId;
using object::TreeEntry;
using State = Ingested::State;

// More files than this with a new mtime are news in themselves.
constexpr std::size_t kMostDeferred = 10'000;

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
  entry.recheck = ingested.racy || ingested.unstable;
  return entry;
}

bool covers_everything(const std::vector<Mark>& marks) {
  return std::any_of(marks.begin(), marks.end(),
                     [](const Mark& mark) { return mark.path.empty() && mark.recursive; });
}

}  // namespace

struct Snapshotter::Draft {
  bool record_owner = false;
  std::vector<TreeEdit> edits;
  std::vector<index::IndexChange> index_changes;
  object::ChangeCounts changed;
  std::uint64_t unstable = 0;
  std::vector<Problem> problems;
  std::vector<Mark> retry;
};

Snapshotter::Snapshotter(Repository& repository, const object::Chunker& chunker,
                         const base::Clock& clock, base::ThreadPool& pool, const base::Log& log)
    : repository_(repository), chunker_(chunker), clock_(clock), pool_(pool), log_(log) {}

// A file that moves is left alone until it rests, but not for ever.
bool Snapshotter::capture_unstable(const std::string& path, base::Nanos interval) {
  std::lock_guard lock(unstable_mutex_);
  const auto now = clock_.steady();
  const auto [seen, first_time] = unstable_since_.try_emplace(path, now);
  if (first_time || now - seen->second < interval.count()) return false;
  seen->second = now;
  return true;
}

// Candidates that are known to differ in their mtime alone need no second reading.
void Snapshotter::drop_known_deferred(std::vector<Candidate>& candidates) const {
  std::erase_if(candidates, [&](const Candidate& candidate) {
    if (!candidate.stat) return false;
    const auto known = deferred_.find(candidate.path);
    return known != deferred_.end() && known->second.stat == *candidate.stat;
  });
}

Result<void> Snapshotter::draft_one(const Candidate& candidate, Ingested& ingested,
                                    const ObjectId& old_root, Draft& draft) {
  const std::string& path = candidate.path;
  std::optional<TreeEntry> old;
  if (!old_root.is_zero()) {
    VCS_ASSIGN(old, find_entry(repository_.nodes(), old_root, path));
  }
  if (!candidate.stat) {
    deferred_.erase(path);
    draft.index_changes.push_back({path, std::nullopt});
    if (!old) return {};
    ++draft.changed.deleted;
    draft.edits.push_back({path, std::nullopt});
    return {};
  }
  if (ingested.state != State::captured) {
    if (ingested.state == State::unreadable)
      draft.problems.push_back({path, ingested.error});
    else
      draft.retry.push_back({path, candidate.stat->type == base::FileType::directory});
    return {};
  }
  if (!ingested.unstable) {
    std::lock_guard lock(unstable_mutex_);
    unstable_since_.erase(path);
  }
  draft.unstable += ingested.unstable;
  const index::IndexEntry seen = index_entry(ingested);
  TreeEntry entry = tree_entry(ingested, draft.record_owner);
  if (old && old->same_but_for_mtime(entry)) {
    if (old->mtime == entry.mtime) {
      deferred_.erase(path);
      draft.index_changes.push_back({path, seen});
    } else {
      deferred_.insert_or_assign(path, Deferred{ingested.stat, std::move(entry), seen});
    }
    return {};
  }
  deferred_.erase(path);
  ++(old ? draft.changed.modified : draft.changed.added);
  draft.index_changes.push_back({path, seen});
  draft.edits.push_back({path, std::move(entry)});
  return {};
}

Result<Snapshotter::Draft> Snapshotter::draft(const std::vector<Candidate>& candidates,
                                              std::vector<Ingested> ingested,
                                              const SnapshotOptions& options) {
  Draft draft;
  draft.record_owner = options.record_owner;
  VCS_ASSIGN(const ObjectId old_root, repository_.head_tree());
  for (std::size_t i = 0; i < candidates.size(); ++i)
    VCS_TRY(draft_one(candidates[i], ingested[i], old_root, draft));
  return draft;
}

Result<void> Snapshotter::commit(Draft& draft, const SnapshotRequest& request,
                                 const SnapshotOptions& options, SnapshotOutcome& outcome) {
  // What was put off travels with this commit.
  for (auto& [path, deferred] : deferred_) {
    draft.edits.push_back({path, deferred.entry});
    draft.index_changes.push_back({path, deferred.index_entry});
  }
  const auto by_path = [](const auto& a, const auto& b) {
    return object::compare_paths(a.path, b.path) < 0;
  };
  std::sort(draft.edits.begin(), draft.edits.end(), by_path);
  std::sort(draft.index_changes.begin(), draft.index_changes.end(), by_path);

  store::ObjectStore& store = repository_.store();
  object::Commit& commit = outcome.commit;
  commit.parent = repository_.head();
  ObjectId old_tree;
  if (commit.parent) {
    VCS_ASSIGN(const auto parent, repository_.read_commit(*commit.parent));
    commit.sequence = parent.sequence + 1;
    old_tree = parent.tree;
  } else {
    commit.sequence = 1;
  }
  FrameBuilder nodes(store, object::ObjectKind::tree_node, options.ingest.level);
  VCS_ASSIGN(commit.tree, edit_tree(repository_.nodes(), old_tree, draft.edits,
                                    [&](const ObjectId& id, base::Bytes node) {
                                      return store.claim(id) ? nodes.add(id, node) : Result<void>();
                                    }));
  VCS_TRY(nodes.flush());

  commit.time = clock_.now();
  commit.kind = request.kind;
  commit.message = request.message;
  commit.device = options.device;
  commit.changed = draft.changed;
  commit.unstable = draft.unstable;
  const base::Bytes bytes = object::encode_commit(commit);
  outcome.id = object::hash_bytes(bytes);
  object::Compressor compressor;
  const store::FrameInput input[] = {{outcome.id, bytes}};
  VCS_ASSIGN(const auto frame, store::encode_frame(object::ObjectKind::commit, input,
                                                   options.ingest.level, compressor, true));
  VCS_TRY(store.commit(frame));
  outcome.created = true;

  // From here on the save is safe. The ref can be restored from the log, and the index may lag.
  if (auto moved = repository_.set_head(outcome.id); !moved)
    log_.warning("cannot write the ref of commit {}: {}; it will be restored from the log",
                 outcome.id.short_hex(), moved.error().message);
  deferred_.clear();
  if (auto applied = repository_.index().apply(draft.index_changes, outcome.id); !applied)
    log_.warning("cannot update the index: {}; it will be brought up to date at the next snapshot",
                 applied.error().message);
  return {};
}

Result<SnapshotOutcome> Snapshotter::attempt(std::shared_ptr<base::Directory> root,
                                             const SnapshotRequest& request,
                                             const SnapshotOptions& options) {
  VCS_TRY(repository_.reconcile_index());
  progress_.stage = SnapshotProgress::Stage::scanning;
  VCS_ASSIGN(ScanResult scan,
             scan_tree(root, repository_.index(), request.marks, options.scan, pool_));
  drop_known_deferred(scan.candidates);

  progress_.stage = SnapshotProgress::Stage::reading;
  const bool manual = request.kind == object::CommitKind::manual;
  IngestOptions ingest_options = options.ingest;
  ingest_options.capture_unstable = [&](const std::string& path) {
    return manual || capture_unstable(path, options.unstable_interval);
  };
  VCS_ASSIGN(auto ingested, ingest(*root, scan.candidates, repository_.store(), chunker_, clock_,
                                   ingest_options, progress_.ingest, pool_));

  progress_.stage = SnapshotProgress::Stage::committing;
  VCS_ASSIGN(Draft draft, this->draft(scan.candidates, std::move(ingested), options));
  SnapshotOutcome outcome;
  outcome.differences = draft.edits.size();
  const bool worth_it = !draft.edits.empty() || !repository_.head() ||
                        deferred_.size() > kMostDeferred || (manual && !deferred_.empty());
  if (worth_it) {
    VCS_TRY(commit(draft, request, options, outcome));
  } else {
    outcome.id = *repository_.head();
    VCS_ASSIGN(outcome.commit, repository_.read_commit(outcome.id));
    if (!draft.index_changes.empty())
      VCS_TRY(repository_.index().apply(draft.index_changes, outcome.id));
  }
  outcome.problems = std::move(scan.problems);
  std::move(draft.problems.begin(), draft.problems.end(), std::back_inserter(outcome.problems));
  outcome.retry = std::move(draft.retry);
  outcome.special = std::move(scan.special);
  outcome.full = covers_everything(request.marks);
  return outcome;
}

Result<SnapshotOutcome> Snapshotter::take(std::shared_ptr<base::Directory> root,
                                          const SnapshotRequest& request,
                                          const SnapshotOptions& options) {
  progress_.ingest.files_done = progress_.ingest.files_total = 0;
  progress_.ingest.bytes_done = progress_.ingest.bytes_total = 0;
  auto outcome = attempt(std::move(root), request, options);
  repository_.store().release_claims();
  if (!outcome)
    repository_.store().abandon();
  else if (repository_.index().wants_merge())
    if (auto merged = repository_.index().merge(); !merged)
      log_.warning("cannot merge the index: {}; it goes on with its journal",
                   merged.error().message);
  progress_.stage = SnapshotProgress::Stage::idle;
  return outcome;
}

}  // namespace vcs::snapshot
