// SPDX-License-Identifier: Apache-2.0
// The commit graph of one repository: brings the pair of files up to the head.
//
// It is a cache beside the history, never a part of a save: it adds commits after they were made
// and takes no lock that a save needs. A fault in it costs time and nothing else. The questions of
// core/history/history.hpp use it, and walk from parent to parent where it has no commits yet.
//
// Threads: any. One at a time catches up.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "core/base/guarded.hpp"
#include "core/base/log.hpp"
#include "core/history/commit_chain.hpp"
#include "core/history/commit_graph_file.hpp"

namespace vcs::history {

// The input of a graph: the head, and the source of its commits.
struct GraphSource {
  std::optional<object::ObjectId> head;  // nothing: no commit yet
  CommitSource& commits;
  store::ObjectStore& store;  // has the trees
};

class CommitGraph {
 public:
  using File = std::shared_ptr<history::CommitGraphFile>;

  // Touches no file. `repository` is the repository's own folder, which outlives the graph.
  CommitGraph(base::Directory& repository, const base::Log& log)
      : repository_(repository), log_(log) {}

  // The pair of files; null: none. Opens it at the first call after the last catch_up().
  std::shared_ptr<const history::CommitGraphFile> known();
  // A reader found that `file` is damaged: drops it. known() is null until a new pair is made.
  void drop(const std::shared_ptr<const history::CommitGraphFile>& file, const Error& why);

  // Adds the commits between the graph and the head, the oldest first. Returns their number; 0 at
  // once if another thread is catching up. Errors: cancelled, and those of reading the history and
  // writing the files; commits added before stay. Closes the files: an idle repository keeps few
  // open.
  Result<std::uint64_t> catch_up(const GraphSource& source, const std::atomic<bool>& cancelled);

 private:
  struct Missing;
  Result<std::uint64_t> add_what_is_missing(const GraphSource& source,
                                            const std::atomic<bool>& cancelled) VCS_REQUIRES(turn_);
  Result<Missing> find_missing(const GraphSource& source, const std::atomic<bool>& cancelled)
      VCS_REQUIRES(turn_);
  File file_to_add_to() VCS_REQUIRES(turn_);
  void close() VCS_REQUIRES(turn_);
  Result<base::Directory*> folder(bool make) VCS_REQUIRES(mutex_);
  Result<File> file_for(const Missing& missing) VCS_REQUIRES(turn_);
  Result<std::uint64_t> add(const GraphSource& source, history::CommitGraphFile& file,
                            const Missing& missing, const std::atomic<bool>& cancelled)
      VCS_REQUIRES(turn_);

  base::Directory& repository_;
  const base::Log log_;
  base::Mutex turn_;  // held while catching up
  base::Mutex mutex_;
  std::unique_ptr<base::Directory> folder_ VCS_GUARDED_BY(mutex_);
  File file_ VCS_GUARDED_BY(mutex_);
  bool looked_ VCS_GUARDED_BY(mutex_) = false;
};

}  // namespace vcs::history
