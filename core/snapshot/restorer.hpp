// Writes entries of a commit back to a folder.
//
// It never follows a symlink out of the target, never writes outside it, never overwrites or
// deletes what it does not know: a file in the way that differs is left alone and reported, unless
// `overwrite` is set. Every file is written beside its place and renamed into it.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/base/random.hpp"
#include "core/snapshot/tree.hpp"

namespace vcs::snapshot {

struct RestoreOptions {
  std::vector<std::string> paths;  // tree paths to restore with all below them; empty: everything
  bool overwrite = false;          // replace files that differ
  bool dry_run = false;
  bool restore_owner = false;  // needs privilege
  std::size_t threads = 1;
  const std::atomic<bool>* cancel = nullptr;
};

enum class RestoreAction { create, replace, unchanged, refused, failed };

struct RestoreProgress {
  std::uint64_t files_done = 0, files_total = 0, bytes_done = 0, bytes_total = 0;
};

struct RestoreObserver {
  // One call for each entry that is not `unchanged` (serialised; any thread). `detail` tells why
  // for refused and failed.
  std::function<void(const std::string& path, RestoreAction action, const std::string& detail)>
      entry;
  std::function<void(const RestoreProgress&)> progress;  // a few times a second
};

struct RestoreResult {
  std::uint64_t created = 0, replaced = 0, unchanged = 0, refused = 0, failed = 0;
  std::uint64_t bytes = 0;  // of content written
};

// Fails as a whole only when nothing can be done (a path that is in no commit: not_found); trouble
// with single entries is counted and told.
base::Result<RestoreResult> restore(NodeSource& nodes, store::ObjectStore& store,
                                    const object::ObjectId& root,
                                    std::unique_ptr<base::Directory> target, base::Random& random,
                                    const RestoreOptions& options, const RestoreObserver& observer);

}  // namespace vcs::snapshot
