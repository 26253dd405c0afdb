// SPDX-License-Identifier: Apache-2.0
// Keeps the remotes of one repository up to date: a remote is behind when its known head is not the
// head here.
//
// Each remote works alone: a slow or dead one never delays another, and none delays a snapshot.
// Loop thread only; drivers run on the remote pool.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/context.hpp"
#include "agent/loop/errands.hpp"
#include "agent/places.hpp"
#include "config/repository_file.hpp"
#include "config/settings.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::agent::schedule {

inline constexpr const char* kRemotesFolder = "remotes";  // in the repository's own

// It has many members because it keeps what each push needs a copy of: settings, names and stores.
class SyncScheduler {
 public:
  using Done = std::function<void(Result<void>)>;
  using Progress = std::function<void(const ipc::Progress&)>;
  // Gives the repository a new device, because another copy uses `former`, too.
  using NewDevice =
      std::function<void(const std::string& former, std::function<void(Result<std::string>)> done)>;

  // `data` is the repository's folder; its remotes/ holds the cache of each remote. `device` is the
  // name under which the repository copies.
  SyncScheduler(Context& context, config::RepositoryFile file, std::string data,
                std::shared_ptr<history::Repository> repository,
                const config::SyncSettings& settings, std::string device, NewDevice new_device);
  ~SyncScheduler();

  // Begins with the remotes of the file.
  void start();
  // Cancels running pushes; calls `done` when none runs any more.
  void stop(std::function<void()> done);
  void apply_settings(const config::SyncSettings& settings) { settings_ = settings; }
  // The repository has this name and worktree from now on; the next push tells the remotes.
  void describe(const std::string& name, const std::string& worktree);

  // Opens the remote, makes it if it can, proves that it can hold copies, and begins to push.
  // Removes the cache of a former remote of that name.
  void add(const config::RemoteEntry& entry, Done done);
  void remove(const std::string& name);
  // Switches copying to the remote on or off.
  void set_push(const std::string& name, bool push);
  // There is a new commit: schedules pushes.
  void head_moved();
  // True: a person has given up the lost objects, so pushes copy the rest without them.
  void leave_out_lost(bool yes);
  // Pushes now to `name`, or to all with "". Calls `done` when each remote has either all commits
  // of now, or an error.
  Result<void> push_now(const std::string& name, Progress progress, std::function<void()> done);

  std::vector<ipc::RemoteStatus> status() const;
  bool is_pushing() const;  // to any remote
  // The remotes that are folders and get copies.
  std::vector<Place> places() const;

 private:
  struct Remote;
  using RemotePtr = std::shared_ptr<Remote>;

  void schedule(const RemotePtr& remote, base::Nanos delay);
  void push(const RemotePtr& remote);
  void pushed(const RemotePtr& remote, const Result<void>& result);
  void take_outcome(const RemotePtr& remote, const Result<void>& result);
  // Runs in the background, with a copy of the settings.
  Result<void> open_parts(Remote& remote, bool create, const std::string& repository,
                          const config::SyncSettings& settings);
  struct PushTask;
  struct Outcome;
  Result<bool> push_once(Remote& remote, const PushTask& task);
  void leave_name(const RemotePtr& remote, const std::string& former);
  // Runs in the background. Fails if a copy there would change a watched folder.
  Result<void> look_at_place(Remote& remote, const Places& places,
                             const std::vector<watch::Echo>& echoes);
  Result<void> check_new_place(const config::RemoteEntry& entry, const std::string& real) const;
  bool is_behind(const Remote& remote) const;
  Result<void> forget(const std::string& name);
  void forget_in_background(const std::string& name);

  Context& context_;
  config::RepositoryFile file_;  // name and worktree: on the loop only
  std::string data_;
  std::shared_ptr<history::Repository> repository_;
  config::SyncSettings settings_;
  std::string device_;
  bool leaves_out_lost_ = false;
  NewDevice new_device_;
  std::vector<RemotePtr> remotes_;
  // Remotes that are being removed, by name: the calls to make when their removal is done.
  std::map<std::string, std::vector<std::function<void()>>> leaving_;
  loop::Errands errands_{context_.loop};
  bool stopping_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace vcs::agent::schedule
