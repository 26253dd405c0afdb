// SPDX-License-Identifier: Apache-2.0
// Options, observer and result of a restore.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/store/object_store.hpp"
#include "core/tree/tree.hpp"

namespace vcs::restore {

// Tells whether a history has a standing entry; asked before a restore removes any. has() and
// why_not(): from any thread.
class StandingHistory {
 public:
  virtual ~StandingHistory() = default;
  // Calls `is_it` for the history's versions of this path of the target until it returns true.
  using IsIt = std::function<Result<bool>(store::ObjectStore&, const object::TreeEntry&)>;
  virtual Result<bool> has(const std::string& path, const IsIt& is_it) = 0;
  // Saves what stands now. False: it was tried often enough, or is not possible. Called while no
  // thread is in has() or why_not().
  virtual bool catch_up() = 0;
  // Why the history lacks the entry that stands at `path`, for a person.
  virtual std::string why_not(const std::string& path) = 0;
};

struct RestoreOptions {
  std::vector<std::string> paths;  // tree paths to restore with all below them; empty: everything
  bool overwrite = false;          // replace files that differ
  StandingHistory* history = nullptr;  // must have what is replaced; null: replace without it
  bool dry_run = false;
  bool restore_owner = false;  // needs privilege
  // The user who restores: a dry run assumes that the restore unlocks entries of this user.
  // Nothing: it assumes that for no entry.
  std::optional<std::uint32_t> user = std::nullopt;
  base::UnixNanos now{};  // sweep leftovers of killed restores from before; 0: sweep nothing
  std::size_t threads = 1;
  // The entry that gives the target itself its metadata; nothing: it stays as it is.
  std::optional<object::TreeEntry> top = std::nullopt;
  const std::atomic<bool>* cancel = nullptr;
  // Waits about that long in the calling thread for others to free descriptors or memory; false:
  // the restore is to end. Null: a lack fails at once.
  std::function<bool(base::Nanos)> sleep = nullptr;
};

// The observer gets the last two in addition to the counted action: `metadata` for an unchanged
// entry whose metadata differ, `incomplete` for an entry whose metadata could not all be set.
enum class RestoreAction { create, replace, unchanged, refused, failed, metadata, incomplete };

// `files` are entries of type file; bytes are their content, compared or written.
struct RestoreProgress {
  std::uint64_t files_done = 0, files_total = 0, bytes_done = 0, bytes_total = 0;
};

struct RestoreObserver {
  // One call for each entry that is not wholly `unchanged` (serialised; any thread), folders after
  // everything below them. `detail`: the reason for refused and failed, the list of metadata for
  // metadata and incomplete.
  std::function<void(const std::string& path, RestoreAction action, const std::string& detail)>
      entry;
  // Called about a hundred times, and at the end.
  std::function<void(const RestoreProgress&)> progress;
};

// Counts of entries of every type.
struct RestoreResult {
  std::uint64_t created = 0, replaced = 0, unchanged = 0, refused = 0, failed = 0;
  std::uint64_t metadata = 0;    // of the unchanged: their metadata differed, or were set
  std::uint64_t incomplete = 0;  // of created, replaced and unchanged
  std::uint64_t bytes = 0;       // of content written
};

}  // namespace vcs::restore
