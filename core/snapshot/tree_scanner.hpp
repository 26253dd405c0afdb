// SPDX-License-Identifier: Apache-2.0
// Finds what differs between the disk and the index, by looking at stat data only.
//
// Marks say where to look: events, the start-up scan, the audit and `vcsctl commit` differ in
// nothing else. Events are hints; the result is always the difference between what the index says
// and what the disk says.
//
// Several threads walk, always at the leftmost place of the tree that nobody looks at yet, and what
// they find is told in tree order. The walk stays only a bounded number of findings ahead of
// whoever takes them, so a million files need no more memory than ten thousand.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/index/index.hpp"
#include "core/snapshot/ignore_rules.hpp"
#include "core/snapshot/leftovers.hpp"
#include "core/snapshot/mounts.hpp"

namespace vcs::snapshot {

struct Mark {
  std::string path;        // worktree path; "" is the root
  bool recursive = false;  // look at everything below it too
  bool written = false;    // read it even if it looks as the index says; also below a recursive one
  bool operator==(const Mark&) const = default;
};

// One entry whose disk state is not what the index says.
struct Candidate {
  std::string path;
  std::optional<base::FileStat> stat;  // none: it is gone (or ignored now)
  bool known = false;                  // the index has an entry for it
  bool written = false;                // it may look as the index says
};

struct Problem {
  enum class Kind { unreadable, too_large, path_too_long };
  std::string path;
  base::Error error;
  bool is_kept = false;  // the content is; some of its attributes are not
  Kind kind = Kind::unreadable;
};

struct ScanOptions {
  std::shared_ptr<const IgnorePatterns> ignore;  // of the configuration; may be null
  bool honor_gitignore = false;
  std::uint64_t max_file_size = 0;  // larger files are left out and told as problems; 0: no limit
  const std::atomic<bool>* cancel = nullptr;
  std::optional<StaleLeftovers> sweep;  // which leftovers of restores are removed; nothing: none
  const Mounts* mounts = nullptr;       // known ones; must not change meanwhile. Null: none
};

// A file that has several names, as it was seen under one of them.
struct LinkedFile {
  std::string path;
  std::uint64_t inode = 0;
  base::UnixNanos ctime = 0;
};

struct ScanReport {
  std::vector<Problem> problems;  // what could not be looked at; its index entries stay
  std::uint64_t files_seen = 0, folders_seen = 0;
  std::vector<std::string> special;   // FIFOs, sockets, devices: told and skipped
  std::vector<std::string> builtin;   // files that a built-in rule leaves out
  std::vector<std::string> absent;    // marks where nothing is any more
  std::vector<MountSighting> mounts;  // news about them
  std::vector<LinkedFile> linked;     // the first of them
};

// One look at a worktree. The index must not change while it lasts.
//
// Threads: every method from any number of threads at once, but take() and report() from one at a
// time.
class TreeScan {
 public:
  // Fails only when the root itself cannot be read.
  static base::Result<std::unique_ptr<TreeScan>> start(std::shared_ptr<base::Directory> root,
                                                       const index::Index& index,
                                                       std::vector<Mark> marks,
                                                       const ScanOptions& options);
  virtual ~TreeScan() = default;

  // Looks into one folder, or a part of a large one, and into more while they show nothing. False:
  // there is nothing to do now, because others are at it, enough is found already, or all is done.
  virtual bool advance() = 0;
  // Moves up to `most` of the next candidates, in tree order, to the end of `out`. None: the next
  // ones are not found yet, or finished().
  virtual std::size_t take(std::size_t most, std::vector<Candidate>& out) = 0;
  // Everything was walked and taken.
  virtual bool finished() const = 0;
  // Complete when finished().
  virtual ScanReport report() = 0;
};

// Sorts marks and drops those that a recursive one above them covers.
std::vector<Mark> simplify_marks(std::vector<Mark> marks);

}  // namespace vcs::snapshot
