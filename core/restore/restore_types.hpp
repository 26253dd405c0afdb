// SPDX-License-Identifier: Apache-2.0
// What is asked of a restore, and what it tells: the words that its parts share.
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

// Asked before anything that stands is taken away: whether a history has it. has() and why_not():
// from any thread.
class StandingHistory {
 public:
  virtual ~StandingHistory() = default;
  // Calls `is_it` with what the history has for this path of the target until it says yes.
  using IsIt = std::function<Result<bool>(store::ObjectStore&, const object::TreeEntry&)>;
  virtual Result<bool> has(const std::string& path, const IsIt& is_it) = 0;
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
  // Who restores: what is theirs is unlocked, and a dry run says so. Nothing: nobody's.
  std::optional<std::uint32_t> user = std::nullopt;
  base::UnixNanos now{};  // what killed restores left before is swept; 0: nothing is
  std::size_t threads = 1;
  // What the target itself is to be like; nothing: it stays as it is.
  std::optional<object::TreeEntry> top = std::nullopt;
  const std::atomic<bool>* cancel = nullptr;
  // Waits about that long in the calling thread until others have let go of descriptors or memory;
  // false: it is to end. Null: what is lacking fails at once.
  std::function<bool(base::Nanos)> sleep = nullptr;
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

}  // namespace vcs::restore
