// SPDX-License-Identifier: Apache-2.0
// One worktree under watch: its repository, its watcher, its snapshots, its remotes.
//
//     opening -> scanning -> watching          suspended: the root is not there; looked for until
//     it is
//                   ^  \__________/  \-> suspended -> scanning
//
// Loop thread only, but for what repository() gives. Always owned by a shared_ptr: work in the
// background holds it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "agent/context.hpp"
#include "agent/loop/timer.hpp"
#include "agent/repository/damage_record.hpp"
#include "agent/repository/device.hpp"
#include "agent/repository/silent_writes.hpp"
#include "agent/repository/watch_record.hpp"
#include "agent/schedule/brake_window.hpp"
#include "agent/schedule/maintenance.hpp"
#include "agent/schedule/problem_files.hpp"
#include "agent/schedule/snapshot_scheduler.hpp"
#include "agent/schedule/sync_point.hpp"
#include "agent/schedule/sync_scheduler.hpp"
#include "config/repository_file.hpp"
#include "config/settings.hpp"
#include "core/history/repository.hpp"
#include "core/object/chunker.hpp"
#include "core/snapshot/snapshotter.hpp"
#include "ipc/messages.hpp"

namespace vcs::agent::repository {

struct Summary;  // of the head, kept for status

class WatchedRepository : public std::enable_shared_from_this<WatchedRepository> {
 public:
  using Done = std::function<void(base::Result<void>)>;
  using SnapshotDone = schedule::SnapshotScheduler::Done;
  struct Audit;

  // `data` is the repository's own folder, which holds repository.toml already.
  WatchedRepository(Context& context, const config::Settings& settings, config::RepositoryFile file,
                    std::string data);
  ~WatchedRepository();

  // Opens the repository and begins to watch. `done` comes when it is open (scanning may go on for
  // long), or with why not.
  void open(Done done);
  // In place of open(): it cannot be, and is shown with why not.
  void fail(const base::Error& why);
  // Calls `then` when the opening is over, at once when it is; with the error if it failed.
  void when_open(std::function<void(const base::Result<void>&)> then);
  // Ends watching and waits for what is running; nothing of it runs any more when `done` comes.
  void close(std::function<void()> done);
  void apply_settings(const config::Settings& settings);

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
  void end_repair();
  // What a verification or a repair has found: told until another one finds less.
  void verified(const Verified& result);

  // Stores the remote in repository.toml and begins to push. already_exists, invalid, or what
  // opening it says.
  void add_remote(const std::string& name, const std::string& url, Done done);
  void remove_remote(const std::string& name, Done done);
  // Whether anything is copied to the remote, from now on.
  void set_remote_push(const std::string& name, bool push, Done done);
  // Other filesystems in the folder, as the last look saw them.
  const index::Mounts& mounts() const { return mounts_; }
  // What was mounted at `path` does not come back: what it held counts as deleted. not_found: no
  // such place is known; invalid: something is mounted there.
  void dismiss_mount(const std::string& path, Done done);
  // The history goes on in `worktree`, whose identity is `root` (nothing: it does not matter). All
  // that was saved in the former folder before the call is in it; while that is away, all that was
  // seen of it. On an error it is watched where it was. One at a time: busy. To come when open.
  void move_to(std::string worktree, std::optional<config::RootIdentity> root, Done done);
  bool is_moving() const { return moving_; }
  // To come when open. On an error it keeps its name.
  void rename(std::string name, Done done);
  // Takes the brake off; no error where it is not set.
  void acknowledge_brake(Done done);
  schedule::SyncScheduler& sync() { return *sync_; }
  schedule::Maintenance& maintenance() { return *maintenance_; }

  const config::RepositoryFile& file() const { return file_; }
  const std::string& data() const { return data_; }
  // The name under which it copies to its remotes; "" until it is open.
  std::string device() const;
  // Shared with queries in the background. Null until it is open.
  std::shared_ptr<history::Repository> repository() const { return repository_; }
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

  void opened(Done done);
  void opening_ended(const base::Result<void>& result);
  void start_watching();
  void watch_again();  // with a new watcher, and from a look at everything on
  void watching_started(std::shared_ptr<watch::Watcher> watcher);  // null: none could be had
  void watches_settled();
  watch::WatchSink make_sink(std::uint64_t generation);
  void changed(std::vector<watch::Change> batch);
  void suspend(const std::string& reason);
  void look_for_root();
  void leave_folder(std::function<void()> then);
  void enter_folder() { ++in_folder_; }
  void left_folder();
  void move_now(std::string worktree, std::optional<config::RootIdentity> root, Done done);
  void open_again_later();
  void drop_watcher();
  void finish_close();

  void run_snapshot(snapshot::SnapshotRequest request, schedule::SnapshotScheduler::Done done);
  void snapshot_finished(const base::Result<snapshot::SnapshotOutcome>& result);
  void arm_after_saves();
  void look_for_upheaval();
  void set_brake(config::BrakeEntry brake);
  void catch_up_graph();
  void after_saves_ended();
  void told_unmounted(const std::vector<std::string>& now);
  void arm_pack_check();
  void check_packs();
  void tell_device(const Device& device);
  void take_new_device(const std::string& former,
                       std::function<void(base::Result<std::string>)> done);
  void remember_root(const config::RootIdentity& identity);
  void recall_watching(const base::Result<WatchRecord>& record);
  void watching_begins();
  void watched_until_now();
  void arm_watch_record();
  void write_watch_record();
  void recall_damage(const base::Result<DamageRecord>& record);
  void write_damage_record();
  void judge_gap(const snapshot::SnapshotOutcome& outcome);
  std::vector<ipc::UnwatchedTime> unwatched() const;
  snapshot::SnapshotOptions snapshot_options() const;
  snapshot::LaneLimits lane_limits() const;
  void start_maintenance();
  bool is_quiet() const;
  void snapshot_when_synced(std::function<void()> run);
  void saw_silent_writes(SilentWrites::Seen seen, bool looked);
  void await_events(std::function<void()> then);
  void arm_audit();
  void arm_audit(base::Nanos delay);
  void begin_audit();
  void run_audit();
  std::shared_ptr<Audit> starting_audit();
  void make_way();
  void audit_hears(const watch::Change& change);
  static base::Result<snapshot::SnapshotOutcome> given_up(
      const Audit& audit, const std::vector<std::string>& unmounted);
  void audit_ran(const std::shared_ptr<Audit>& audit,
                 const base::Result<snapshot::SnapshotOutcome>& outcome);
  void judge_audit();
  void drop_audit(base::Nanos next = std::chrono::minutes(1));
  void watch_anew(const std::vector<std::string>& missed);
  void arm_polling();
  void poll();
  void prefer_folders_of(const std::vector<std::string>& changed);
  void set_state(State state, const std::string& reason = {});
  void save_file(Done done);
  void write_file();
  void save_again();

  Context& context_;
  config::Settings settings_;
  config::RepositoryFile file_;
  std::string data_;
  object::Chunker chunker_;
  std::shared_ptr<const worktree::IgnorePatterns> ignore_;

  std::shared_ptr<base::Directory> directory_;  // of data_
  std::shared_ptr<history::Repository> repository_;
  std::shared_ptr<snapshot::Snapshotter> snapshotter_;
  std::unique_ptr<schedule::SnapshotScheduler> scheduler_;
  schedule::SyncPoint sync_point_{context_.loop};
  std::unique_ptr<schedule::SyncScheduler> sync_;
  std::unique_ptr<schedule::Maintenance> maintenance_;
  std::shared_ptr<watch::Watcher> watcher_;
  std::uint64_t watch_generation_ = 0;  // events of an older watcher are stale

  State state_ = State::opening;
  watch::StorageKind storage_ =
      watch::StorageKind::unknown;  // of the worktree, since it is watched
  std::string reason_;
  std::shared_ptr<Summary> summary_;
  schedule::ProblemFiles problems_;
  std::vector<worktree::Mark> looked_at_;  // by the snapshot that runs
  index::Mounts mounts_;
  std::vector<std::string> dismissed_;      // folders, for the next snapshot
  std::vector<std::string> unmounted_;      // folders, as the last snapshot saw it
  std::vector<std::string> missing_packs_;  // names of files
  std::string head_damage_;                 // what of the last save the store lacks, a sentence
  DamageRecord damage_;                     // of older saves
  bool writing_damage_ = false, write_damage_again_ = false;
  bool head_was_looked_at_ = false;  // since the start, and since the last repair
  // Seen since the last full scan: FIFOs, sockets and devices; what built-in rules leave out.
  std::set<std::string> special_, builtin_;
  schedule::BrakeWindow brake_window_;
  std::uint64_t acknowledged_ = 0;  // times; what was found before is of no interest any more
  std::uint64_t lost_events_ = 0, drift_ = 0;
  base::UnixNanos last_audit_ = 0;
  std::shared_ptr<Audit> audit_;  // null: none is under way
  unsigned audit_attempts_ = 0;
  // What events had told when somebody asked for a look at everything. Null: nobody did.
  std::shared_ptr<schedule::PendingChanges> told_before_look_;
  SilentWrites silent_writes_;
  bool looks_for_silent_ = false;  // the next snapshot does
  bool ignore_files_changed_ = false, full_scan_done_ = false;
  loop::Timer audit_timer_{context_.loop}, poll_timer_{context_.loop}, root_timer_{context_.loop};
  loop::Timer after_saves_timer_{context_.loop}, save_timer_{context_.loop};
  loop::Timer pack_timer_{context_.loop};
  base::Nanos root_delay_{};                            // of the last look for a root that is away
  base::Nanos last_full_look_{};                        // what it took
  std::shared_ptr<std::atomic<bool>> graph_cancelled_;  // null: the graph is not catching up
  std::vector<std::function<void(const base::Result<void>&)>> waiting_for_open_;
  bool starting_ = false;      // watches are being set
  std::string watch_problem_;  // why there is no watcher; told once
  std::vector<std::function<void()>> waiting_for_watches_;
  std::size_t in_background_ = 0;
  std::size_t in_folder_ = 0;  // of these, who look at the folder and tell what they saw
  bool moving_ = false;
  std::function<void()> when_left_;  // nobody looks at the folder any more
  bool repairing_ = false;
  bool saving_ = false;  // repository.toml is being written
  std::vector<Done> waiting_for_save_;
  std::function<void()> closed_;
  history::OwedEntries owed_;  // as the last look at everything found
  WatchRecord watch_record_;
  bool saw_until_now_ = false;  // the watches stand, and have stood since watch_record_.until
  std::optional<UnwatchedTime> new_gap_;  // before the look that shows whether files changed in it
  loop::Timer watch_record_timer_{context_.loop};
  bool writing_record_ = false, write_record_again_ = false;
};

}  // namespace vcs::agent::repository
