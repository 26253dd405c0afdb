// SPDX-License-Identifier: Apache-2.0
// Where a scan looks, what it finds and what it reports: the words that its parts share.
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
  Error error;
  bool is_kept = false;  // the content is; some of its attributes are not
  Kind kind = Kind::unreadable;
};

struct ScanOptions {
  std::shared_ptr<const IgnorePatterns> ignore;  // of the configuration; may be null
  bool honor_gitignore = false;
  std::uint64_t max_file_size = 0;  // larger files are left out and told as problems; 0: no limit
  const std::atomic<bool>* cancel = nullptr;
  std::optional<base::StaleLeftovers>
      sweep;                              // which leftovers of restores are removed; nothing: none
  const index::Mounts* mounts = nullptr;  // known ones; must not change meanwhile. Null: none
};

// That are remembered at a time: a copy of a tree by links alone may have any number of them.
inline constexpr std::size_t kMostSharedFiles = 50'000;

// A file that has several names, as it was seen under one of them.
struct LinkedFile {
  std::string path;
  std::uint64_t inode = 0;
  base::UnixNanos ctime{};
};

struct ScanReport {
  std::vector<Problem> problems;  // what could not be looked at; its index entries stay
  std::uint64_t files_seen = 0, folders_seen = 0;
  std::vector<std::string> special;          // FIFOs, sockets, devices: told and skipped
  std::vector<std::string> builtin;          // files that a built-in rule leaves out
  std::vector<std::string> absent;           // marks where nothing is any more
  std::vector<index::MountSighting> mounts;  // news about them
  std::vector<LinkedFile> linked;            // the first of them
};

}  // namespace vcs::worktree
