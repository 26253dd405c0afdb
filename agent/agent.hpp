// SPDX-License-Identifier: Apache-2.0
// The agent: the repositories that it watches, and what they share. The composition root; it
// decides nothing about snapshots.
//
// Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "agent/context.hpp"
#include "agent/loop/errands.hpp"
#include "agent/loop/timer.hpp"
#include "agent/records/removed_histories.hpp"
#include "agent/repository/root_guard.hpp"
#include "agent/repository/watched_repository.hpp"
#include "config/load.hpp"
#include "config/paths.hpp"
#include "ipc/messages/agent.hpp"

namespace vcs::agent {

// How a folder begins to be watched.
struct Beginning {
  bool anew = false;      // whatever history it had
  std::string history{};  // the key of the one that shall go on; not_found without it
};

class Agent {
 public:
  using RepositoryPtr = std::shared_ptr<repository::WatchedRepository>;
  using EventSink = std::function<bool(const ipc::EventInfo&)>;  // false: the listener has gone

  // `loaded` is the configuration as read at start.
  struct Parts {
    World world;
    std::function<Result<config::Loaded>()> load_config;
    std::function<void(const config::Settings&)> settings_changed;  // log level
  };
  Agent(Parts parts, config::Paths paths, config::Loaded loaded);
  ~Agent();

  // Makes the folders, and opens every repository. Repositories that cannot be opened are kept as
  // failed and shown.
  Result<void> start();
  // Lets running snapshots finish, then calls `done`. Nothing new starts.
  void stop(std::function<void()> done);
  bool stopping() const { return stopping_; }
  // Reads the configuration again. On an error the old one stays.
  void reload(std::function<void(Result<void>)> done);

  const std::map<std::string, RepositoryPtr>& repositories() const { return repositories_; }
  // By name, or by an absolute path at or below its worktree; "" where there is only one.
  Result<RepositoryPtr> find(const std::string& name_or_path) const;

  // Begins to watch `folder`. A folder that is watched already is no error: `created` is false
  // then. The history of a repository whose folder lies there by now, or of a folder that was
  // removed from watching, goes on if it is named. Without a name the only one that there is goes
  // on if it certainly is this folder's; else precondition_failed offers what there is. Nothing of
  // it counts where the beginning is to be a new one.
  struct Made {
    RepositoryPtr repository;
    bool created = false;
    bool resumed = false;  // a history that was there goes on by this call
  };
  using MadeDone = std::function<void(Result<Made>)>;
  void init(const std::string& folder, const std::string& name, MadeDone done,
            const Beginning& beginning = {});
  // The data folder and the description of a new repository. It becomes one when the description is
  // written into its folder; until then nobody opens it.
  struct Prepared {
    config::RepositoryFile file;
    std::string data;
    std::string goes_on_with;  // the name of a data folder that is there already
  };
  // First: the folder as the system knows it. It must exist, and hold nothing of the agent's own
  // nor lie there; `invalid` tells what to do. Asks the disk; from any thread.
  Result<std::string> real_folder(const std::string& folder, const Places& places) const;
  // Loop thread only; what it gives may be asked anywhere.
  Places places() const;
  // Then, on the loop: names it and keeps name and folder for it, until open_made() or
  // release(). Worktrees must not overlap. `id` "": a new one.
  Result<Prepared> prepare(const std::string& folder, const std::string& name,
                           const std::string& id, const config::ChunkerEntry& chunker);
  void release(const Prepared& prepared);
  // Then its data folder is made; from any thread.
  Result<void> make_data_folder(const Prepared& prepared);
  // Or it goes on with the data folder of an unfinished clone, if there is one.
  void go_on_with_clone(Prepared& prepared, const std::string& url);
  // Removes the data folder of a repository that came to nothing. From any thread.
  void discard(const std::string& data);
  void open_made(config::RepositoryFile file, std::string data,
                 std::function<void(Result<Made>)> done);

  // --- The life of a history beyond one watch ---

  enum class Removal { keeps, deletes_later, deletes_now };
  // The history stays, or is deleted after a week, and can be had back until then; or it is deleted
  // when `done` comes.
  void remove(const RepositoryPtr& repository, Removal removal,
              std::function<void(Result<records::RemovedHistory>)> done);

  // A history that may go on: one that nobody watches, or a repository whose folder is elsewhere.
  struct Resumable {
    records::RemovedHistory history;
    std::string data;
    RepositoryPtr watched;  // null: it is watched no more
    bool certain = false;   // it is the very folder
    // As far as it can be read now; else `problem` says why not.
    std::uint64_t commits = 0, bytes = 0;
    base::UnixNanos head_time{};
    std::string problem;
  };
  using ResumableDone = std::function<void(Result<std::vector<Resumable>>)>;
  // Of `folder`; "": all that nobody watches.
  void histories(const std::string& folder, ResumableDone done);

  // How somebody wants a history to go on in a folder. `confirmed`: also where that does not look
  // like its own; else precondition_failed. With `dry_run` nothing is done.
  struct MoveOrder {
    std::string folder;
    bool confirmed = false, dry_run = false;
  };
  struct Moved {
    config::RepositoryFile file;  // as it is from now on, or would be
    std::string data, from;
    repository::Likeness likeness;
    RepositoryPtr repository;  // null: nothing was done
  };
  using MovedDone = std::function<void(Result<Moved>)>;
  // To come when it is open. busy: while it is repaired, or moved.
  void move(const RepositoryPtr& repository, const MoveOrder& order, MovedDone done);
  // Watches a history again, under its own name or another, in its own folder or another.
  void take_back(const std::string& wanted, const std::string& name, const MoveOrder& order,
                 MovedDone done);
  // To come when it is open. already_exists, invalid; precondition_failed where the configuration
  // has settings for the former name only.
  void rename(const RepositoryPtr& repository, const std::string& name,
              std::function<void(Result<void>)> done);

  void listen(const std::string& repository, EventSink sink);
  Context& context() { return context_; }
  const Context& context() const { return context_; }
  const config::Paths& paths() const { return paths_; }
  const config::Loaded& configuration() const { return loaded_; }
  base::SteadyNanos started() const { return started_; }

 private:
  struct Described {
    std::string folder;  // of the repository, in repositories_directory_
    config::RepositoryFile file;
  };
  Result<void> open_all();
  Result<std::vector<Described>> read_descriptions();
  void hand_out_former_device(std::vector<Described>& all);
  bool is_double(const Described& described);
  Result<config::RepositoryFile> read_description(base::Directory& folder, const std::string& name);
  void keep_failed(const std::string& folder, const Error& why);
  struct Found;  // by init, in the background
  void init_real(const Found& found, const std::string& name, const std::string& key,
                 MadeDone done);
  void begin(const std::string& folder, const std::string& name, MadeDone done);
  void resume(const Resumable& history, const Found& found, MadeDone done);
  void take_up(const records::RemovedHistory& removed, MadeDone done);
  std::vector<Resumable> watched() const;
  std::vector<Resumable> resumable(base::Directory& folder, const std::string& path,
                                   const std::vector<Resumable>& watched);
  void look_into(Resumable& history) const;
  struct Journey;  // of a history to a folder
  Result<void> look_at_place(Journey& journey, const Places& places) const;
  Result<void> look_for_removed(Journey& journey, const std::string& wanted, const Places& places);
  void go(const std::shared_ptr<Journey>& journey, MovedDone done);
  void go_on(const std::shared_ptr<Journey>& journey, MovedDone done);
  void arm_sweep(base::Nanos delay);
  Result<config::RepositoryFile> write_new(const Prepared& made);
  Result<void> write_finished(const std::string& data, const config::RepositoryFile& file);
  Result<void> take_configuration(Result<config::Loaded> read);
  // `besides`: the name of one that does not count.
  Result<void> check_overlap(const std::string& folder, const std::string& besides = "") const;
  Result<std::string> free_name(const std::string& wanted, const std::string& folder) const;
  void announce(const std::string& repository, const std::string& event, const std::string& text,
                const std::string& id);

  const std::function<Result<config::Loaded>()> load_config_;
  const std::function<void(const config::Settings&)> settings_changed_;
  config::Paths paths_;
  config::Loaded loaded_;
  Context context_;
  base::SteadyNanos started_{};
  bool stopping_ = false;
  loop::Timer sweep_timer_{context_.loop};
  loop::Errands errands_{context_.loop};
  std::unique_ptr<base::Directory> data_;
  std::unique_ptr<base::Directory> repositories_directory_;
  std::map<std::string, RepositoryPtr> repositories_;
  std::map<std::string, std::string> being_made_;  // names and worktrees
  std::set<std::string> being_renamed_;            // both names
  std::mutex removed_mutex_;  // held by whoever opens, takes up or sweeps removed histories
  struct Listener {
    std::string repository;
    EventSink sink;
  };
  std::vector<Listener> listeners_;
};

}  // namespace vcs::agent
