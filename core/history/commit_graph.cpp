// SPDX-License-Identifier: Apache-2.0
// Catches up: walks from the head back to the graph, then adds the commits forwards.
#include "core/history/commit_graph.hpp"

#include <algorithm>

#include "core/tree/node_source.hpp"
#include "core/tree/tree_diff.hpp"

namespace vcs::history {
namespace {

using history::PathHash;
using object::ObjectId;

constexpr const char* kFolder = "graph";
// Enough for both sides of a comparison; a save's own nodes stay cached.
constexpr std::size_t kCachedNodeBytes = std::size_t{1} << 20;

// Collects the hashes of paths and of all folders above them. Paths come in tree order.
class TouchedPaths {
 public:
  // False: these are more hashes than a row may have.
  bool add(const std::string& path) {
    const std::size_t shared = static_cast<std::size_t>(
        std::mismatch(path.begin(), path.end(), last_.begin(), last_.end()).first - path.begin());
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1))
      // The folders that it shares with the previous path are here already.
      if (slash >= shared) hashes_.push_back(history::path_hash({path.data(), slash}));
    hashes_.push_back(history::path_hash(path));
    last_ = path;
    if (hashes_.size() > kGatheredAtMost) sort_unique();
    return hashes_.size() <= kGatheredAtMost;
  }

  std::optional<std::vector<PathHash>> take() && {
    sort_unique();
    if (hashes_.size() > history::kMostPathHashes) return std::nullopt;
    return std::move(hashes_);
  }

 private:
  static constexpr std::size_t kGatheredAtMost = 2 * history::kMostPathHashes;

  void sort_unique() {
    std::sort(hashes_.begin(), hashes_.end());
    hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
  }

  std::vector<PathHash> hashes_;
  std::string last_;
};

// Nothing: too many, or a tree cannot be read. Then a question compares the trees itself and
// reports the error.
std::optional<std::vector<PathHash>> touched_paths(tree::NodeSource& nodes, const ObjectId& before,
                                                   const ObjectId& after) {
  TouchedPaths touched;
  bool few = true;
  const auto compared = tree::diff_trees(nodes, before, after, [&](const tree::TreeChange& change) {
    if (tree::changes_content(change)) few = touched.add(change.path);
    return few;
  });
  if (!compared || !few) return std::nullopt;
  return std::move(touched).take();
}

}  // namespace

struct CommitGraph::Missing {
  File file;                  // null: nothing is known
  std::uint64_t keep = 0;     // rows of it that the head's chain has too
  std::vector<ObjectId> ids;  // the newest first
};

Result<base::Directory*> CommitGraph::folder(bool make) {
  if (!folder_) {
    VCS_ASSIGN(folder_, make ? base::open_or_make_directory(repository_, kFolder)
                             : repository_.open_directory(kFolder));
  }
  return folder_.get();
}

std::shared_ptr<const history::CommitGraphFile> CommitGraph::known() {
  const base::Lock lock(mutex_);
  if (looked_) return file_;
  looked_ = true;
  const auto opened = [&]() VCS_REQUIRES(mutex_) -> Result<File> {
    VCS_ASSIGN(base::Directory * directory, folder(false));
    VCS_ASSIGN(auto file, history::CommitGraphFile::open(*directory));
    return File(std::move(file));
  }();
  if (opened)
    file_ = *opened;
  else if (opened.error().code != ErrorCode::not_found)
    log_.warning("{}; it is rebuilt", opened.error().message);
  return file_;
}

void CommitGraph::drop(const std::shared_ptr<const history::CommitGraphFile>& file,
                       const Error& why) {
  const base::Lock lock(mutex_);
  if (file_ != file) return;
  log_.warning("{}; it is rebuilt", why.message);
  file_ = nullptr;
}

Result<std::uint64_t> CommitGraph::catch_up(const GraphSource& source,
                                            const std::atomic<bool>& cancelled) {
  if (!turn_.try_lock()) return 0;
  const base::Lock turn(turn_, std::adopt_lock);
  auto added = add_what_is_missing(source, cancelled);
  close();
  return added;
}

// Call it only while nobody appends: the next open cuts an incomplete row at the end of the file.
void CommitGraph::close() {
  const base::Lock lock(mutex_);
  if (!file_) return;
  file_ = nullptr;
  folder_ = nullptr;
  looked_ = false;
}

// Finds the commits between the graph and the head. A graph may also begin anew: behind a lost
// commit, or behind a gap in the sequence numbers.
Result<CommitGraph::Missing> CommitGraph::find_missing(const GraphSource& source,
                                                       const std::atomic<bool>& cancelled) {
  Missing missing;
  missing.file = file_to_add_to();
  std::optional<std::uint64_t> sequence;  // of the commit before, one more than this one's
  const auto visit = [&](const CommitStep& step) -> Result<bool> {
    if (cancelled) return fail(ErrorCode::cancelled, "the agent is stopping");
    if (sequence && step.commit.sequence + 1 != *sequence) return false;
    if (missing.file) {
      const auto place = missing.file->find(step.id, step.commit.sequence);
      if (!place) {
        drop(missing.file, place.error());
        return tl::unexpected(place.error());
      }
      if (*place) {
        missing.keep = **place + 1;
        return false;
      }
    }
    missing.ids.push_back(step.id);
    sequence = step.commit.sequence;
    return true;
  };
  if (source.head) VCS_TRY(walk_back(source.commits, *source.head, visit));
  return missing;
}

CommitGraph::File CommitGraph::file_to_add_to() {
  (void)known();
  const base::Lock lock(mutex_);
  return file_;
}

Result<std::uint64_t> CommitGraph::add_what_is_missing(const GraphSource& source,
                                                       const std::atomic<bool>& cancelled) {
  VCS_ASSIGN(const Missing missing, find_missing(source, cancelled));
  if (missing.ids.empty()) return 0;
  VCS_ASSIGN(const File file, file_for(missing));
  return add(source, *file, missing, cancelled);
}

// The known pair if the head descends from its last row; else a new pair with the shared rows.
Result<CommitGraph::File> CommitGraph::file_for(const Missing& missing) {
  if (missing.file && missing.keep == missing.file->size()) return missing.file;
  const base::Lock lock(mutex_);
  VCS_ASSIGN(base::Directory * directory, folder(true));
  VCS_ASSIGN(auto made,
             history::CommitGraphFile::create(*directory, missing.file.get(), missing.keep));
  file_ = std::move(made);
  looked_ = true;
  return file_;
}

Result<std::uint64_t> CommitGraph::add(const GraphSource& source, history::CommitGraphFile& file,
                                       const Missing& missing, const std::atomic<bool>& cancelled) {
  tree::NodeSource nodes(source.store, kCachedNodeBytes);
  std::optional<ObjectId> tree;  // of the commit before
  if (const std::uint64_t known = file.size(); known > 0) {
    VCS_ASSIGN(const history::CommitRow last, file.row(known - 1));
    tree = last.tree;
  }
  std::uint64_t added = 0;
  for (auto id = missing.ids.rbegin(); id != missing.ids.rend(); ++id, ++added) {
    if (cancelled) return fail(ErrorCode::cancelled, "the agent is stopping");
    VCS_ASSIGN(const object::Commit commit, source.commits.read_commit(*id));
    const auto touched = tree ? touched_paths(nodes, *tree, commit.tree) : std::nullopt;
    VCS_TRY(file.append(*id, commit.tree, commit.time, commit.sequence, touched));
    tree = commit.tree;
  }
  return added;
}

}  // namespace vcs::history
