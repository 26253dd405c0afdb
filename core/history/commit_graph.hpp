// SPDX-License-Identifier: Apache-2.0
// The commit graph of one repository: keeps the pair of files in step with the head.
//
// A cache beside the history, never a part of a save: it learns of commits after they were made,
// takes no lock that a save needs, and whatever goes wrong with it costs time and nothing else.
// Questions are asked in core/history/history.hpp; what the graph does not know yet they find by
// walking from parent to parent.
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

// What a graph learns from: the head, and where the commits behind it are read.
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

  // What is known, opened at the first call after the graph was last added to; null: nothing.
  std::shared_ptr<const history::CommitGraphFile> known();
  // A reader found that `file` is damaged: nothing is known until it has been made anew.
  void drop(const std::shared_ptr<const history::CommitGraphFile>& file, const Error& why);

  // Adds the commits between what is known and the head, the oldest first; the number of them. 0 at
  // once if another is at it. cancelled, or what reading the history or writing the files says;
  // what was added until then stays. Closes the files: an idle repository keeps few open.
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
  base::Mutex turn_;  // of catching up
  base::Mutex mutex_;
  std::unique_ptr<base::Directory> folder_ VCS_GUARDED_BY(mutex_);
  File file_ VCS_GUARDED_BY(mutex_);
  bool looked_ VCS_GUARDED_BY(mutex_) = false;
};

}  // namespace vcs::history
