// Finds what differs between the disk and the index, by looking at stat data only.
//
// Marks say where to look: events, the start-up scan, the audit and `vcsctl commit` differ in
// nothing else. Events are hints; the result is always the difference between what the index says
// and what the disk says.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/index/index.hpp"
#include "core/snapshot/ignore_rules.hpp"

namespace vcs::snapshot {

struct Mark {
  std::string path;        // worktree path; "" is the root
  bool recursive = false;  // look at everything below it too
  bool operator==(const Mark&) const = default;
};

// One entry whose disk state is not what the index says.
struct Candidate {
  std::string path;
  std::optional<base::FileStat> stat;            // none: it is gone (or ignored now)
  std::optional<index::IndexEntry> index_entry;  // none: new
};

struct Problem {
  std::string path;
  base::Error error;
};

struct ScanOptions {
  std::shared_ptr<const IgnorePatterns> ignore;  // of the configuration; may be null
  bool honor_gitignore = false;
  std::uint64_t max_file_size = 0;  // larger files are left out and told as problems; 0: no limit
  std::size_t lanes = 1;            // threads that walk
  const std::atomic<bool>* cancel = nullptr;
};

struct ScanResult {
  std::vector<Candidate> candidates;  // in tree order
  std::vector<Problem> problems;      // what could not be looked at; its index entries stay
  std::uint64_t files_seen = 0, folders_seen = 0;
  std::vector<std::string> special;  // FIFOs, sockets, devices: told and skipped
};

// Looks at `marks` below `root`. Fails as a whole only when the root itself cannot be read or the
// scan was cancelled.
base::Result<ScanResult> scan_tree(std::shared_ptr<base::Directory> root, const index::Index& index,
                                   std::vector<Mark> marks, const ScanOptions& options,
                                   base::ThreadPool& pool);

// Sorts marks and drops those that a recursive one above them covers.
std::vector<Mark> simplify_marks(std::vector<Mark> marks);

}  // namespace vcs::snapshot
