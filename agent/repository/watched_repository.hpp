// SPDX-License-Identifier: Apache-2.0
// One worktree under watch: its repository, its watcher, its snapshots, its remotes.
//
//     opening -> scanning -> watching
//        |        ^  \__________/
//        |        |       |
//        |        |       v
//     failed      +--- suspended     the root is not there; it is looked for until it is
//
// It is a state and its parts (watched_parts.hpp): each part has its own life, and what one of them
// has to do with another is decided here. It has more members than most classes because it is also
// what is known of a repository that is not open.
//
// Loop thread only, but for what repository() gives. Always owned by a shared_ptr.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/context.hpp"
#include "agent/loop/errands.hpp"
#include "agent/loop/timer.hpp"
#include "agent/repository/description.hpp"
#include "agent/repository/folder_use.hpp"
#include "config/repository_file.hpp"
#include "config/settings.hpp"
#include "core/index/mounts.hpp"
#include "core/object/chunker.hpp"
#include "ipc/messages/states.hpp"

namespace vcs::history {
class Repository;
}
namespace vcs::ipc {
struct OwedStatus;
struct RepositoryStatus;
}  // namespace vcs::ipc
namespace vcs::snapshot {
struct SnapshotOutcome;
}
namespace vcs::worktree {
class IgnorePatterns;
}
namespace vcs::agent {
struct Place;
}
namespace vcs::agent::records {
struct Verified;
}
namespace vcs::agent::schedule {
class Maintenance;
class SyncScheduler;
}  // namespace vcs::agent::schedule
namespace vcs::agent::watch {
struct Change;
}

namespace vcs::agent::repository {

struct OpenedParts;
struct Reactions;
struct WatchedParts;

class WatchedRepository : public std::enable_shared_from_this<WatchedRepository> {
 public:
  using Done = std::function<void(Result<void>)>;
  using SnapshotDone = std::function<void(const Result<snapshot::SnapshotOutcome>&)>;

  // `data` is the repository's own folder, which holds repository.toml already.
  WatchedRepository(Context& context, const config::Settings& settings, config::RepositoryFile file,
                    std::string data);
  ~WatchedRepository();

  // Opens the repository and begins to watch. `done` comes when it is open (scanning may go on for
  // long), or with why not.
  void open(Done done);
  // Instead of open(): marks the repository as failed; `status` shows `why`.
  void fail(const Error& why);
  // Calls `then` when the opening is over, at once when it is; with the error if it failed.
  void when_open(std::function<void(const Result<void>&)> then);
  // Ends watching and waits for what is running; nothing of it runs any more when `done` comes.
  void close(std::function<void()> done);
  void apply_settings(const config::Settings& settings);

  // What follows is to come when it is open.

  // Everything written before the call is in the commit that `done` gets. `full`: by a look at
  // every file, whatever the watcher said.
  void commit(std::string message, bool full, SnapshotDone done);
  // The same without asking for a commit of its own: what waits is committed as automatic, files
  // that are being written as they are.
  void settle(SnapshotDone done);
  // Reads every file again, and stores anew what the store has lost of them.
  void read_everything(SnapshotDone done);
  // Soon, and whatever is known of it.
  void look_at_everything();
  // One repair at a time: false while there is another.
  bool begin_repair() { return !std::exchange(repairing_, true); }
  bool is_repairing() const { return repairing_; }
  // `then` comes when status tells what is by now.
  void end_repair(std::function<void()> then = {});
  // What a verification or a repair has found: told until another one finds less.
  // `then` comes when it is known after a kill, too.
  void verified(const records::Verified& result, loop::EventLoop::Task then = {});

  // Stores the remote in repository.toml and begins to push. already_exists, invalid, or what
  // opening it says.
  void add_remote(const std::string& name, const std::string& url, Done done);
  void remove_remote(const std::string& name, Done done);
  // Whether anything is copied to the remote, from now on.
  void set_remote_push(const std::string& name, bool push, Done done);
  // Other filesystems in the folder, as the last look saw them.
  const index::Mounts& mounts() const;
  // What was mounted at `path` does not come back: what it held counts as deleted. not_found: no
  // such place is known; invalid: something is mounted there.
  void dismiss_mount(const std::string& path, Done done);
  // The history goes on in `worktree`, whose identity is `root` (nothing: it does not matter). All
  // that was saved in the former folder before the call is in it; while that is away, all that was
  // seen of it. On an error it is watched where it was. One at a time: busy.
  void move_to(std::string worktree, std::optional<config::RootIdentity> root, Done done);
  bool is_moving() const { return moving_; }
  // On an error it keeps its name.
  void rename(std::string name, Done done);
  // Takes the brake off; no error where it is not set.
  void acknowledge_brake(Done done);
  schedule::SyncScheduler& sync();
  schedule::Maintenance& maintenance();

  // What follows may come at any time.

  const config::RepositoryFile& file() const { return description_.file(); }
  const std::string& data() const { return description_.data(); }
  // The name under which it copies to its remotes; "" until it is open.
  std::string device() const { return description_.device(); }
  // Shared with queries in the background. Null until it is open.
  std::shared_ptr<history::Repository> repository() const;
  const object::Chunker& chunker() const { return chunker_; }
  ipc::RepositoryStatus status() const;
  ipc::OwedStatus owed_status() const;
  bool is_suspended() const { return state_ == State::suspended; }
  // Folders that it copies to.
  std::vector<Place> remote_places() const;
  // The sentence of a state that needs somebody: suspended, disk full, damage. Empty: all is well.
  std::string trouble() const;

 private:
  enum class State { opening, scanning, watching, suspended, failed, closed };

  void opened(OpenedParts& opened);
  Reactions reactions();
  void open_again_later();
  void opening_ended(const Result<void>& result);
  void stop_parts();
  void set_state(State state, const std::string& reason = {});

  void start_watching();
  void watch_again();  // with a new watcher, and from a look at everything on
  void watching_started();
  void changed(const std::vector<watch::Change>& batch);
  void suspend(const std::string& reason);
  void unwatch();
  void snapshot_finished(const Result<snapshot::SnapshotOutcome>& result);
  void commit_made(const snapshot::SnapshotOutcome& outcome);
  void when_synced(std::function<void()> then);
  bool is_quiet() const;  // idle work may begin
  void packs_were_merged();

  void leave_folder(std::function<void()> then);
  void move_now(std::string worktree, std::optional<config::RootIdentity> root, Done done);
  ipc::RepositoryState told_state() const;
  void show_parts(ipc::RepositoryStatus& status) const;

  Context& context_;
  config::Settings settings_;
  loop::Errands errands_{context_.loop};
  Description description_;
  const object::Chunker chunker_;
  std::shared_ptr<const worktree::IgnorePatterns> ignore_;

  State state_ = State::opening;
  std::string reason_;
  std::vector<std::function<void(const Result<void>&)>> waiting_for_open_;
  loop::Timer open_timer_{context_.loop};
  bool ignore_files_changed_ = false, full_scan_done_ = false;
  bool moving_ = false, repairing_ = false;
  FolderUse folder_{context_.loop};
  std::unique_ptr<WatchedParts> parts_;  // since it is open
};

}  // namespace vcs::agent::repository
