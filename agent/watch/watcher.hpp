// SPDX-License-Identifier: Apache-2.0
// The interface of a filesystem watcher. A watcher only reports; it never reads files and never
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

// A hint: something happened at this path. A scan of the disk finds what.
struct Change {
  std::string path;  // relative to the root; "" is the root itself
  bool recursive =
      false;  // anything below may have changed too (a folder appeared, events were lost)
  bool deleted = false;  // the last event there was a removal
  bool closed = false;   // a writer closed the file
  bool written = false;  // a program wrote or could write: the file's times prove nothing
};

struct WatchUsage {
  std::uint64_t used = 0, limit = 0;  // watches of all watchers of the agent; limit 0: none
  std::uint64_t polled_folders = 0;   // folders of this watcher without a watch
  std::uint64_t lost_events = 0;      // how often the system reported dropped events
};

// lost_track: there was no memory to follow the events; the sink gets nothing more until the folder
// is watched anew.
enum class RootEvent { gone, unmounted, moved, lost_track };

// Names one of several proofs; the caller chooses it.
using ProofToken = std::uint64_t;

// Callbacks run on a thread of the watcher and must only pass their arguments on. A batch holds
// changes in their order.
struct WatchSink {
  std::function<void(std::vector<Change> batch)> changes;
  // The sink has had all changes from before ask_for_proof(token).
  std::function<void(ProofToken token)> proven;
  std::function<void(RootEvent event)> root;
};

// Chooses the folders that get no watch. Called on threads of the watcher; must be thread-safe.
using FolderFilter = std::function<bool(const std::string& path)>;  // true: leave out

class Watcher {
 public:
  virtual ~Watcher() = default;  // the sink is not called any more when this returns

  // Watches `root` and all below it. Every folder is watched before it is read, so nothing that
  // happens after start() returns is missed. `cookie_folder` lies outside the root. A watcher whose
  // system delays events makes it, and makes files in it: an event of such a file proves that all
  // earlier events have come. Blocks until the watches stand (about 10 us a folder). not_found,
  // denied, io, no_space (no watch is left for the root).
  virtual Result<void> start(const std::string& root, const std::string& cookie_folder,
                             WatchSink sink, FolderFilter skip) = 0;

  // Calls the sink's proven() when the sink has had all changes from before this call; never calls
  // it if the watcher cannot know that. Waits for no disk. To be called after start().
  virtual void ask_for_proof(ProofToken token) = 0;
  // Walks `path` again: a folder that was skipped, or failed, may be watchable now.
  virtual void refresh(const std::string& path) = 0;
  // Gives watches to polled folders, as far as there is room by now.
  virtual void regain() {}
  // These polled folders have changed: they get the watches of the folders that were quiet for
  // longest, which are polled from now on.
  virtual void prefer(std::vector<std::string> folders) { (void)folders; }
  virtual WatchUsage usage() const = 0;
};

using WatcherMaker = std::function<std::unique_ptr<Watcher>()>;

// Makes the watchers of this system: inotify on Linux, FSEvents on macOS. They share the system's
// watches; `limit_share` (0 to 1) is the part that they may take together.
WatcherMaker make_system_watchers(const base::Log& log, double limit_share);

}  // namespace vcs::agent::watch
