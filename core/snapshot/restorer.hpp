// SPDX-License-Identifier: Apache-2.0
// Writes entries of a commit back to a folder.
//
// It never follows a symlink out of the target, never writes outside it, never overwrites or
// deletes what it does not know: a file in the way that differs is left alone and reported, unless
// `overwrite` is set. Then it goes if `history` has it, byte for byte: it is exchanged for what
// comes, looked at where nobody finds it any more, and put back if the history lacks it. Every file
// is written beside its place (".vcsd-<16 hex>.tmp") and renamed into it, so a file is whole or
// absent whatever happens to the process. What replaces a file is synced before; what is new is
// not, for after a power cut the restore can be run again. docs/decisions/restore-and-power-cuts.md
//
// A file with the content that is wanted is `unchanged`; with `overwrite` its mode, owner, time and
// attributes are set where they differ, and without it nothing of what stands changes: a folder
// keeps its time also when a file in it comes back. What is in the way of a folder is refused, or
// with `overwrite` replaced if it is a file or a symlink; a folder that is not empty is never
// removed, nor is a device, pipe or socket. Blocks of zeros come back as holes. Setuid bits, setgid
// bits of files, and capabilities come back only with `restore_owner`. What of mode, owner, time
// and attributes cannot be set is told, and costs nothing else. Standing files and folders that
// their owner may unlock are unlocked while the restore is at them.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/base/random.hpp"
#include "core/snapshot/tree.hpp"
#include "core/store/object_store.hpp"

namespace vcs::snapshot {

// Asked before anything that stands is taken away: whether a history has it. has() and why_not():
// from any thread.
class StandingHistory {
 public:
  virtual ~StandingHistory() = default;
  // Calls `is_it` with what the history has for this path of the target until it says yes.
  using IsIt = std::function<base::Result<bool>(store::ObjectStore&, const object::TreeEntry&)>;
  virtual base::Result<bool> has(const std::string& path, const IsIt& is_it) = 0;
  // Takes into the history what stands by now. False: that has been tried often enough, or cannot
  // be. Called while nobody asks.
  virtual bool catch_up() = 0;
  // Why the history lacks what stands at `path`, for a person.
  virtual std::string why_not(const std::string& path) = 0;
};

struct RestoreOptions {
  std::vector<std::string> paths;  // tree paths to restore with all below them; empty: everything
  bool overwrite = false;          // replace files that differ
  StandingHistory* history = nullptr;  // of what is replaced; null: it may all go
  bool dry_run = false;
  bool restore_owner = false;  // needs privilege
  base::UnixNanos now = 0;     // what killed restores left before is swept; 0: nothing is
  std::size_t threads = 1;
  // What the target itself is to be like; nothing: it stays as it is.
  std::optional<object::TreeEntry> top = std::nullopt;
  const std::atomic<bool>* cancel = nullptr;
};

// The last two are told, beside what they are counted as: `metadata` of what is unchanged but for
// that, `incomplete` of what came back without some of it.
enum class RestoreAction { create, replace, unchanged, refused, failed, metadata, incomplete };

// `files` are entries of type file; bytes are their content, compared or written.
struct RestoreProgress {
  std::uint64_t files_done = 0, files_total = 0, bytes_done = 0, bytes_total = 0;
};

struct RestoreObserver {
  // One call for each entry that is not wholly `unchanged` (serialised; any thread), folders after
  // all that is below them. `detail` tells why for refused and failed, and what for metadata and
  // incomplete.
  std::function<void(const std::string& path, RestoreAction action, const std::string& detail)>
      entry;
  // About a hundred times, and at the end.
  std::function<void(const RestoreProgress&)> progress;
};

// Counts of entries of every type.
struct RestoreResult {
  std::uint64_t created = 0, replaced = 0, unchanged = 0, refused = 0, failed = 0;
  std::uint64_t metadata = 0;    // of the unchanged: that differed, or were mended
  std::uint64_t incomplete = 0;  // of created, replaced and unchanged
  std::uint64_t bytes = 0;       // of content written
};

// `target` is null where a dry run asks what would be made in a folder that is not there.
// Fails as a whole only when nothing can be done (a path that is not in the tree: not_found, with
// nothing touched) or when it was cancelled; trouble with single entries is counted and told. A
// part of the tree that cannot be read costs the entries in it, no others. With `dry_run` nothing
// is touched and the result tells what would be.
base::Result<RestoreResult> restore(NodeSource& nodes, store::ObjectStore& store,
                                    const object::ObjectId& root,
                                    std::unique_ptr<base::Directory> target, base::Random& random,
                                    const RestoreOptions& options, const RestoreObserver& observer);

}  // namespace vcs::snapshot
