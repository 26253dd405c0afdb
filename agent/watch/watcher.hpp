// SPDX-License-Identifier: Apache-2.0
// What the agent needs of a filesystem watcher. It only reports; it never looks at files, never
// decides.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/base/log.hpp"

namespace vcs::agent::watch {

// A hint: something happened at this path. The truth is found by looking at the disk.
struct Change {
  std::string path;  // relative to the root; "" is the root itself
  bool recursive =
      false;  // anything below may have changed too (a folder appeared, events were lost)
  bool deleted = false;  // the last thing seen there was a removal
  bool closed = false;   // a writer closed the file
  bool written = false;  // somebody wrote or could write: its times prove nothing
};

struct WatchUsage {
  std::uint64_t used = 0, limit = 0;  // of this user, as far as the system tells; limit 0: none
  std::uint64_t polled_folders = 0;   // folders without a watch because the limit is near
  std::uint64_t lost_events = 0;      // times that the system said it dropped events
};

// lost_track: there was no memory to follow what happens, and nothing more is told until it is
// watched anew.
enum class RootEvent { gone, unmounted, moved, lost_track };

// Which of several proofs; chosen by whoever asks.
using ProofToken = std::uint64_t;

// Callbacks come on a thread of the watcher's and must only pass on. One batch holds events in
// their order.
struct WatchSink {
  std::function<void(std::vector<Change> batch)> changes;
  // All that happened before ask_for_proof(token) has been told.
  std::function<void(ProofToken token)> proven;
  std::function<void(RootEvent event)> root;
};

// Which folders are not worth a watch. Called on threads of the watcher's; must be thread-safe.
using FolderFilter = std::function<bool(const std::string& path)>;  // true: leave out

class Watcher {
 public:
  virtual ~Watcher() = default;  // when it returns, the sink is called no more

  // Watches `root` and all below it. Every folder is watched before it is read, so nothing that
  // happens after start() returns is missed. `cookie_folder` lies outside the root; a watcher whose
  // system tells late makes it, and files there, by whose events it knows what has been told.
  // Blocks until the watches stand (about 10 us a folder). not_found, denied, io, no_space (no
  // watch left for the root).
  virtual Result<void> start(const std::string& root, const std::string& cookie_folder,
                             WatchSink sink, FolderFilter skip) = 0;

  // Calls the sink's proven() when all is told that happened before this call. Where that is never
  // known, it is not called. Waits for no disk. After start().
  virtual void ask_for_proof(ProofToken token) = 0;
  // A folder that was skipped, or failed, may be watchable now.
  virtual void refresh(const std::string& path) = 0;
  // Folders that are polled get watches, as far as there is room by now.
  virtual void regain() {}
  // Something changed in these folders although they are polled: they are worth a watch more than
  // those that have been quiet for longest, which are polled from now on.
  virtual void prefer(std::vector<std::string> folders) { (void)folders; }
  virtual WatchUsage usage() const = 0;
};

using WatcherMaker = std::function<std::unique_ptr<Watcher>()>;

// The ones of this system, which share what it gives: inotify on Linux, FSEvents on macOS.
// `limit_share` (0 to 1) is the part of the system's watches that they may take together.
WatcherMaker make_system_watchers(const base::Log& log, double limit_share);

}  // namespace vcs::agent::watch
