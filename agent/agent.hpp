// SPDX-License-Identifier: Apache-2.0
// The agent: the repositories that it watches, and what they share. The composition root; it
// decides nothing about snapshots.
//
// Loop thread only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/context.hpp"
#include "agent/removed_histories.hpp"
#include "agent/watched_repository.hpp"
#include "config/load.hpp"
#include "config/paths.hpp"

namespace vcs::agent {

class Agent {
 public:
  using RepositoryPtr = std::shared_ptr<WatchedRepository>;
  using EventSink = std::function<bool(const ipc::EventInfo&)>;  // false: the listener has gone

  // `loaded` is the configuration as read at start. `make_watcher` and the seams come from main or
  // from a test.
  struct Parts {
    EventLoop& loop;
    base::FileSystem& filesystem;
    const base::Clock& clock;
    base::Random& random;
    base::Log log;
    base::ThreadPool& lanes;
    Workers workers;
    bool privileged = false;
    watch::WatcherMaker make_watcher;
    StorageProbe storage_of;
    std::function<base::Result<config::Loaded>()> load_config;
    std::function<void(const config::Settings&)> settings_changed;  // log level
    remote::RemoteOpener open_remote = remote::open_wrapped_remote;
    base::ThreadPool* writers = nullptr;                     // see Context
    std::shared_ptr<watch::HeldFiles> held_files = nullptr;  // see Context
    Machine machine{};
  };
  Agent(Parts parts, config::Paths paths, config::Loaded loaded);
  ~Agent();

  // Makes the folders, and opens every repository. Repositories that cannot be opened are kept as
  // failed and shown.
  base::Result<void> start();
  // Lets running snapshots finish, then calls `done`. Nothing new starts.
  void stop(std::function<void()> done);
  bool stopping() const { return stopping_; }
  // Reads the configuration again. On an error the old one stays.
  void reload(std::function<void(base::Result<void>)> done);

  const std::map<std::string, RepositoryPtr>& repositories() const { return repositories_; }
  // By name, or by an absolute path at or below its worktree; "" where there is only one.
  base::Result<RepositoryPtr> find(const std::string& name_or_path) const;

  // Begins to watch `folder`. A folder that is watched already is no error: `created` is false
  // then. The history of a suspended repository whose folder lies there by now, or of a folder that
  // was removed from watching, goes on if it is named; without a name precondition_failed offers
  // it.
  struct Made {
    RepositoryPtr repository;
    bool created = false;
  };
  using MadeDone = std::function<void(base::Result<Made>)>;
  void init(const std::string& folder, const std::string& name, MadeDone done);
  // The data folder and the description of a new repository. It becomes one when the description is
  // written into its folder; until then nobody opens it.
  struct Prepared {
    config::RepositoryFile file;
    std::string data;
    std::string goes_on_with;  // the name of a data folder that is there already
  };
  // First: the folder as the system knows it. It must exist, and hold nothing of the agent's own
  // nor lie there; `invalid` tells what to do. Asks the disk; from any thread.
  base::Result<std::string> real_folder(const std::string& folder, const Places& places) const;
  // The same for a place that only the agent's own must not meet.
  base::Result<std::string> real_folder(const std::string& folder) const;
  // Loop thread only; what it gives may be asked anywhere.
  Places places() const;
  // Then, on the loop: names it and keeps name and folder for it, until open_made() or
  // release(). Worktrees must not overlap. `id` "": a new one.
  base::Result<Prepared> prepare(const std::string& folder, const std::string& name,
                                 const std::string& id, const config::ChunkerEntry& chunker);
  void release(const Prepared& prepared);
  // Then its data folder is made; from any thread.
  base::Result<void> make_data_folder(const Prepared& prepared);
  // Or it goes on with the data folder of an unfinished clone, if there is one.
  void go_on_with_clone(Prepared& prepared, const std::string& url);
  // Removes the data folder of a repository that came to nothing. From any thread.
  void discard(const std::string& data);
  void open_made(config::RepositoryFile file, std::string data,
                 std::function<void(base::Result<Made>)> done);
  // The history stays, or is deleted after a week; until then init goes on with either.
  void remove(const RepositoryPtr& repository, bool delete_history,
              std::function<void(base::Result<void>)> done);
  struct Resumable {
    config::RepositoryFile file;
    std::string data;
    base::UnixNanos expires = 0;
    RepositoryPtr suspended;  // null: it is watched no more
  };

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
  base::Result<void> open_all();
  base::Result<std::vector<Described>> read_descriptions();
  void hand_out_former_device(std::vector<Described>& all);
  bool is_double(const Described& described);
  base::Result<config::RepositoryFile> read_description(base::Directory& folder,
                                                        const std::string& name);
  void keep_failed(const std::string& folder, const base::Error& why);
  struct Found;  // by init, in the background
  void init_real(const Found& found, const std::string& name, MadeDone done);
  void begin(const std::string& folder, const std::string& name, MadeDone done);
  void resume(const Resumable& history, const Found& found, MadeDone done);
  void take_up(const RemovedHistory& removed, MadeDone done);
  void reopen_as(const RepositoryPtr& repository, config::RepositoryFile file, MadeDone done);
  std::vector<Resumable> suspended() const;
  std::vector<Resumable> resumable(base::Directory& folder, const std::string& path,
                                   const std::vector<Resumable>& suspended) const;
  void arm_sweep(base::Nanos delay);
  base::Result<config::RepositoryFile> write_new(const Prepared& made);
  base::Result<void> write_finished(const std::string& data, const config::RepositoryFile& file);
  base::Result<void> take_configuration(base::Result<config::Loaded> read);
  // `besides`: the name of one that does not count.
  base::Result<void> check_overlap(const std::string& folder,
                                   const std::string& besides = "") const;
  base::Result<std::string> free_name(const std::string& wanted, const std::string& folder) const;
  void announce(const std::string& repository, const std::string& event, const std::string& text,
                const std::string& id);

  Parts parts_;
  config::Paths paths_;
  config::Loaded loaded_;
  Context context_;
  base::SteadyNanos started_ = 0;
  bool stopping_ = false;
  TimerId sweep_timer_ = 0;
  std::unique_ptr<base::Directory> data_;
  std::unique_ptr<base::Directory> repositories_directory_;
  std::map<std::string, RepositoryPtr> repositories_;
  std::map<std::string, std::string> being_made_;  // names and worktrees
  struct Listener {
    std::string repository;
    EventSink sink;
  };
  std::vector<Listener> listeners_;
};

}  // namespace vcs::agent
