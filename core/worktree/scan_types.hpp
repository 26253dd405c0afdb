// SPDX-License-Identifier: Apache-2.0
// Types that the parts of a scan share: its marks, its candidates and its report.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/base/leftovers.hpp"
#include "core/index/mounts.hpp"
#include "core/worktree/ignore_patterns.hpp"

namespace vcs::worktree {

struct Mark {
  std::string path;        // worktree path; "" is the root
  bool recursive = false;  // compare everything below it too
  bool written = false;    // a candidate even if it matches the index; also below a recursive mark
  bool operator==(const Mark&) const = default;
};

// One entry whose disk state differs from the index.
struct Candidate {
  std::string path;
  std::optional<base::FileStat> stat;  // none: it is gone (or ignored now)
  bool known = false;                  // the index has an entry for it
  bool written = false;                // marked as written: it may match the index
};

struct Problem {
  enum class Kind { unreadable, too_large, path_too_long };
  std::string path;
  Error error;
  bool is_kept = false;  // its content is saved, some of its attributes are not
  Kind kind = Kind::unreadable;
};

struct ScanOptions {
  std::shared_ptr<const IgnorePatterns> ignore;  // of the configuration; may be null
  bool honor_gitignore = false;
  std::uint64_t max_file_size = 0;  // larger files are left out and reported as problems; 0: none
  const std::atomic<bool>* cancel = nullptr;
  std::optional<base::StaleLeftovers>
      sweep;                              // which leftovers of restores to remove; nothing: none
  const index::Mounts* mounts = nullptr;  // the known ones; must not change meanwhile; null: none
};

// Most linked files that a report holds: a copy of a tree by hard links has any number of them.
inline constexpr std::size_t kMostSharedFiles = 50'000;

// A file that has several names (hard links), as the scan saw it under one of them.
struct LinkedFile {
  std::string path;
  std::uint64_t inode = 0;
  base::UnixNanos ctime{};
};

struct ScanReport {
  std::vector<Problem> problems;  // unreadable or left out, see Kind; their index entries stay
  std::uint64_t files_seen = 0, folders_seen = 0;
  std::vector<std::string> special;          // FIFOs, sockets, devices: left out
  std::vector<std::string> builtin;          // files that a built-in rule leaves out
  std::vector<std::string> absent;           // marked paths that are missing on disk
  std::vector<index::MountSighting> mounts;  // those that changed
  std::vector<LinkedFile> linked;            // the first ones, about kMostSharedFiles
};

}  // namespace vcs::worktree
