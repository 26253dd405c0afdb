// SPDX-License-Identifier: Apache-2.0
// The agent: owns the repositories that it watches, and the objects that they share. It is the
// composition root and decides nothing about snapshots.
//
// Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/context.hpp"
#include "agent/loop/errands.hpp"
#include "agent/loop/timer.hpp"
#include "agent/records/removed_histories.hpp"
#include "agent/repository/root_guard.hpp"
#include "config/load.hpp"
#include "config/paths.hpp"
#include "core/base/guarded.hpp"

namespace vcs::ipc {
struct EventInfo;
}
namespace vcs::agent::repository {
class WatchedRepository;
}

namespace vcs::agent {

// The history with which a folder begins to be watched.
struct Beginning {
  bool anew = false;      // a new one, whatever history the folder had
  std::string history{};  // the key of the history that is to go on; not_found if there is none
};

// It has many members because it owns what all repositories share: the configuration, the folders
// and the names in use, beside the repositories themselves.
class Agent {
 public:
  using RepositoryPtr = std::shared_ptr<repository::WatchedRepository>;
  using EventSink = std::function<bool(const ipc::EventInfo&)>;  // false: the listener has gone

  // `loaded` is the configuration read at start.
  struct Parts {
    World world;
    std::function<Result<config::Loaded>()> load_config;
    std::function<void(const config::Settings&)> settings_changed;  // log level
  };
  Agent(Parts parts, config::Paths paths, config::Loaded loaded);
  ~Agent();

  // Makes the agent's folders, and opens every repository. A repository that cannot be opened is
  // kept as failed, and status shows it.
  Result<void> start();
  // Lets running snapshots finish, then calls `done`. Nothing new starts.
  void stop(std::function<void()> done);
  bool stopping() const { return stopping_; }
  // Reads the configuration again. On an error the old one stays.
  void reload(std::function<void(Result<void>)> done);

  const std::map<std::string, RepositoryPtr>& repositories() const { return repositories_; }
  // Finds a repository by name, or by an absolute path at or below its worktree; "" finds the only
  // one.
  Result<RepositoryPtr> find(const std::string& name_or_path) const;

  // Begins to watch `folder`. If it is watched already, that is no error, and `created` is false.
  // An older history may go on: of a repository whose folder was moved to `folder`, or of a folder
  // that was removed from watching. If it has the given name, it goes on. Without a name it goes on
  // if it is the only one and certainly belongs to this folder; else precondition_failed lists the
  // choices. With Beginning::anew no older history goes on.
  struct Made {
    RepositoryPtr repository;
    bool created = false;
    bool resumed = false;  // this call made an older history go on
  };
  using MadeDone = std::function<void(Result<Made>)>;
  void init(const std::string& folder, const std::string& name, MadeDone done,
            const Beginning& beginning = {});
  // The description and the data folder of a new repository. It becomes a repository when the
  // description is written into the data folder; until then no agent opens it.
  struct Prepared {
    config::RepositoryFile file;
    std::string data;
    std::string goes_on_with;  // the name of an existing data folder
  };
  // Step 1: returns the real path of `folder`. It must exist, and neither contain the agent's own
  // folders nor lie in one; the text of `invalid` says what to do. Asks the disk; from any thread.
  Result<std::string> real_folder(const std::string& folder, const Places& places) const;
  // Loop thread only; the result may be used on any thread.
  Places places() const;
  // Step 2, on the loop: names the repository, and reserves name and folder until open_made() or
  // release(). Worktrees must not overlap. `id` "": a new one.
  Result<Prepared> prepare(const std::string& folder, const std::string& name,
                           const std::string& id, const config::ChunkerEntry& chunker);
  void release(const Prepared& prepared);
  // Step 3: makes the data folder. From any thread.
  Result<void> make_data_folder(const Prepared& prepared);
  // Or instead: takes the data folder of an unfinished clone, if there is one.
  void go_on_with_clone(Prepared& prepared, const std::string& url);
  // Removes the data folder of a repository that was not finished. From any thread.
  void discard(const std::string& data);
  // Step 4, on the loop: opens the repository.
  void open_made(config::RepositoryFile file, std::string data,
                 std::function<void(Result<Made>)> done);

  // --- The life of a history beyond one watch ---

  enum class Removal { keeps, deletes_later, deletes_now };
  // Ends watching. keeps: the history stays. deletes_later: it is deleted after a week, and can be
  // brought back until then. deletes_now: it is deleted before `done` is called.
  void remove(const RepositoryPtr& repository, Removal removal,
              std::function<void(Result<records::RemovedHistory>)> done);

  // A history that may go on: a removed one, or that of a repository whose folder is elsewhere.
  struct Resumable {
    records::RemovedHistory history;
    std::string data;
    RepositoryPtr watched;  // null: it is not watched any more
    bool certain = false;   // it certainly belongs to the folder
    // 0 if the history cannot be read now; `problem` says why.
    std::uint64_t commits = 0, bytes = 0;
    base::UnixNanos head_time{};
    std::string problem;
  };
  using ResumableDone = std::function<void(Result<std::vector<Resumable>>)>;
  // Lists the histories that may go on in `folder`; with "" all removed ones.
  void histories(const std::string& folder, ResumableDone done);

  // A request that a history goes on in a folder. `confirmed`: even if the folder does not look
  // like its own; else that is precondition_failed. `dry_run`: only checks.
  struct MoveOrder {
    std::string folder;
    bool confirmed = false, dry_run = false;
  };
  struct Moved {
    config::RepositoryFile file;  // the description from now on, or as it would be
    std::string data, from;
    repository::Likeness likeness;
    RepositoryPtr repository;  // null: nothing was done
  };
  using MovedDone = std::function<void(Result<Moved>)>;
  // To be called when the repository is open. busy: a repair or another move runs.
  void move(const RepositoryPtr& repository, const MoveOrder& order, MovedDone done);
  // Watches a removed history again, under its own name or another, in its own folder or another.
  void take_back(const std::string& wanted, const std::string& name, const MoveOrder& order,
                 MovedDone done);
  // To be called when the repository is open. already_exists, invalid; precondition_failed: the
  // configuration has settings for the former name only.
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
  struct Found;  // what init finds in the background
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
  // `besides`: the name of a repository that does not count.
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
  base::Mutex removed_mutex_;  // held while removed histories are opened, taken up or swept
  struct Listener {
    std::string repository;
    EventSink sink;
  };
  std::vector<Listener> listeners_;
};

}  // namespace vcs::agent
