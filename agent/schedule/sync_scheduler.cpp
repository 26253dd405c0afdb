// SPDX-License-Identifier: Apache-2.0
// Each remote is a small state machine: idle, waiting, pushing.
#include "agent/schedule/sync_scheduler.hpp"

#include <algorithm>
#include <cassert>

#include "agent/loop/timer.hpp"
#include "agent/places.hpp"
#include "core/base/guarded.hpp"
#include "core/base/memory.hpp"
#include "core/history/repository.hpp"
#include "core/remote/registry/remote_purpose.hpp"
#include "core/remote/registry/remote_registry.hpp"
#include "core/sync/pusher.hpp"
#include "core/sync/remote_lag.hpp"
#include "core/sync/remote_proof.hpp"

namespace vcs::agent::schedule {
namespace {

constexpr base::Nanos kFirstBackoff = std::chrono::seconds(2);
constexpr base::Nanos kCheckedAgainAfter = std::chrono::hours(24);

// Wakes waiting drivers when the agent stops or their remote is removed.
class StopSignal {
 public:
  void stop() {
    base::Lock lock(mutex_);
    stopped_ = true;
    wake_.notify_all();
  }
  bool wait(base::Nanos time) {
    const auto end = std::chrono::steady_clock::now() + time;
    base::Lock lock(mutex_);
    while (!stopped_ && wake_.wait_until(lock, end)) {
    }
    return !stopped_;
  }
  const std::atomic<bool>* flag() const { return &stopped_; }

 private:
  base::Mutex mutex_;
  base::Condition wake_;
  std::atomic<bool> stopped_{false};  // set with the mutex, so that nobody waits past it
};

// A name becomes a folder name, and people type it.
Result<void> check_remote_name(const std::string& name) {
  const bool plain =
      !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
      });
  if (plain) return {};
  return fail(ErrorCode::invalid,
              "'{}' cannot be a remote's name: use letters, digits, '-' "
              "and '_', at most 64",
              name);
}

// A single echo may come from a copy that a person made of the remote.
constexpr unsigned kEchoesOfALoop = 2;
constexpr std::size_t kLargestRef = 4096;

// The watched folder in which the head that we put at the remote last has appeared; "": none.
std::string heard_in(base::FileSystem& filesystem, const sync::RemoteCache& cache,
                     const std::vector<watch::Echo>& echoes) {
  for (const watch::Echo& echo : echoes) {
    const std::string path = echo.worktree + "/" + echo.path;
    const std::size_t slash = path.rfind('/');
    const auto folder = filesystem.open_directory(path.substr(0, slash));
    if (!folder) continue;
    const auto bytes = base::read_file(**folder, path.substr(slash + 1), kLargestRef);
    if (bytes && cache.head_bytes() && *bytes == *cache.head_bytes()) return echo.worktree;
  }
  return {};
}

// Adds advice for a remote that is not there, except for one that is being added.
Error with_advice(Error error, bool create) {
  if (error.code == ErrorCode::unavailable && !create)
    error.message += "; if it is lost, remove this remote and add it again";
  return error;
}

}  // namespace

namespace {

// Whether both are folders of one filesystem.
bool lies_with(base::FileSystem& filesystem, const std::string& folder, const std::string& data) {
  if (folder.empty()) return false;
  const auto there = filesystem.stat(folder), here = filesystem.stat(data);
  return there && here && there->device == here->device;
}

}  // namespace

// One remote. It has many members because it is a record in two halves, one for each side of a
// push, and keeps each result that status shows.
struct SyncScheduler::Remote {
  explicit Remote(loop::EventLoop& loop) : timer(loop) {}

  config::RemoteEntry entry;
  std::string shown_url;
  std::shared_ptr<StopSignal> stop = std::make_shared<StopSignal>();

  // Used in the background by the running push.
  std::unique_ptr<remote::RemoteStore> store;
  std::unique_ptr<sync::RemoteCache> cache;
  std::string label;  // of the store in the log
  std::string real_folder;
  bool on_data_disk = false;
  unsigned echoes = 0;  // pushes in a row that were heard in a watched folder

  // Used on the loop.
  bool pushing = false, again = false, removed = false;
  bool check_remote = true;  // at the first push, when a command asks for one, and once a day
  base::SteadyNanos checked{};
  bool audit = false;  // the cache is about another device
  std::optional<object::ObjectId> remote_head;
  sync::RemoteLag lag;
  base::UnixNanos last_sync{};
  std::vector<std::string> weaknesses;  // of the remote's storage
  std::string folder;                   // if it is one, as last seen; else ""
  bool same_disk = false;               // as last seen
  base::SteadyNanos push_began{};       // the last push
  std::optional<Error> error;
  base::Nanos backoff{};
  loop::Timer timer;
  struct Waiter {
    Progress progress;
    std::function<void()> done;
  };
  std::vector<Waiter> waiters, waiters_of_this_push;
};

// The input of a push in the background: copies of values that the loop may change meanwhile.
struct SyncScheduler::PushTask {
  bool check_remote = false, audit = false, without_lost = false;
  std::string device;
  remote::layout::RemoteDevice about;
  config::SyncSettings settings;
};

struct SyncScheduler::Outcome {
  Result<void> result;
  bool name_is_taken = false;
  std::optional<object::ObjectId> head;
  sync::RemoteLag lag;
  std::vector<std::string> weaknesses;
};

SyncScheduler::SyncScheduler(Context& context, config::RepositoryFile file, std::string data,
                             std::shared_ptr<history::Repository> repository,
                             const config::SyncSettings& settings, std::string device,
                             NewDevice new_device)
    : context_(context),
      file_(std::move(file)),
      data_(std::move(data)),
      repository_(std::move(repository)),
      settings_(settings),
      device_(std::move(device)),
      new_device_(std::move(new_device)) {}

SyncScheduler::~SyncScheduler() {
  *alive_ = false;
  for (const RemotePtr& remote : remotes_) remote->timer.stop();
}

void SyncScheduler::start() {
  assert(context_.loop.here());
  for (const config::RemoteEntry& entry : file_.remotes) {
    auto remote = std::make_shared<Remote>(context_.loop);
    remote->entry = entry;
    remote->shown_url = remote::registry::redacted_remote_url(entry.url);
    remote->folder = folder_of_remote(entry.url);
    remotes_.push_back(remote);
    schedule(remote, {});
  }
}

void SyncScheduler::stop(std::function<void()> done) {
  assert(context_.loop.here());
  for (const RemotePtr& remote : remotes_) {
    remote->stop->stop();
    remote->timer.stop();
  }
  stopping_ = true;
  errands_.drain(std::move(done));
}

void SyncScheduler::describe(const std::string& name, const std::string& worktree) {
  assert(context_.loop.here());
  file_.name = name;
  file_.worktree = worktree;
  for (const RemotePtr& remote : remotes_) {
    remote->check_remote = true;
    schedule(remote, {});
  }
}

// Opens the store and its cache if they are not open yet. Runs in the background.
Result<void> SyncScheduler::open_parts(Remote& remote, bool create, const std::string& repository,
                                       const config::SyncSettings& settings) {
  const std::string label = repository + "/" + remote.entry.name;
  if (remote.label != label) remote.store = nullptr;
  if (!remote.store) {
    using remote::registry::OpenRemote;
    remote::registry::RemotePurpose purpose;
    purpose.label = remote.label = label;
    purpose.mode = create ? OpenRemote::create : OpenRemote::existing;
    purpose.limits.concurrent_calls = static_cast<std::size_t>(settings.concurrency);
    purpose.limits.upload_bytes_per_second = settings.bandwidth_limit;
    purpose.cancel = remote.stop->flag();
    purpose.sleep = [stop = remote.stop](base::Nanos time) { return stop->wait(time); };
    auto opened = context_.remotes.open(remote.entry.url, std::move(purpose));
    if (!opened) return tl::unexpected(with_advice(std::move(opened).error(), create));
    remote.store = std::move(*opened);
  }
  if (!remote.cache) {
    VCS_ASSIGN(auto own, context_.filesystem.open_directory(data_));
    VCS_ASSIGN(auto remotes, base::open_or_make_directory(*own, kRemotesFolder));
    VCS_ASSIGN(auto directory, base::open_or_make_directory(*remotes, remote.entry.name));
    VCS_ASSIGN(remote.cache, sync::RemoteCache::open(std::move(directory), context_.log));
  }
  return {};
}

std::vector<Place> SyncScheduler::places() const {
  assert(context_.loop.here());
  std::vector<Place> all;
  for (const RemotePtr& remote : remotes_)
    if (!remote->folder.empty() && remote->entry.push)
      all.push_back(
          {remote->folder, fmt::format("remote {} of {}", remote->entry.name, file_.name)});
  return all;
}

Result<void> SyncScheduler::look_at_place(Remote& remote, const Places& places,
                                          const std::vector<watch::Echo>& echoes) {
  const std::string folder = folder_of_remote(remote.entry.url);
  if (!folder.empty()) {
    VCS_ASSIGN(remote.real_folder,
               places.check_remote(context_.filesystem, {folder, "remote " + remote.entry.name}));
  }
  const std::string heard =
      remote.cache ? heard_in(context_.filesystem, *remote.cache, echoes) : "";
  remote.echoes = heard.empty() ? 0 : remote.echoes + 1;
  if (remote.echoes < kEchoesOfALoop) return {};
  return fail(ErrorCode::invalid,
              "what is copied there appears in {}, which is watched: each copy is a save, and "
              "each save is copied again; nothing more is copied until the remote lies "
              "elsewhere (vcsctl remote remove {}), or vcsctl sync asks for it",
              heard, remote.entry.name);
}

// True: another copy of the repository uses the same name there.
Result<bool> SyncScheduler::push_once(Remote& remote, const PushTask& task) {
  VCS_TRY(open_parts(remote, false, task.about.repository, task.settings));
  const auto head = repository_->head();
  if (!head) return false;
  sync::PushOptions options;
  options.device = task.device;
  options.about = task.about;
  options.config.repository_id = file_.id;
  options.config.chunker_algorithm = file_.chunker.algorithm;
  options.config.chunker_average = file_.chunker.average;
  options.config.chunker_seed = file_.chunker.seed;
  options.threads = static_cast<std::size_t>(task.settings.concurrency);
  options.check_remote = task.check_remote;
  options.audit = task.audit;
  options.without_lost = task.without_lost;
  options.cancel = remote.stop->flag();
  options.log = context_.log;
  options.progress = [this, name = remote.entry.name,
                      alive = std::weak_ptr<bool>(alive_)](const sync::UploadTotals& sent) {
    context_.loop.post([this, name, alive, sent] {
      const auto still = alive.lock();
      if (!still || !*still) return;
      const ipc::Progress progress{ipc::Stage::sending, sent.objects, 0,
                                   sent.bytes + sent.bytes_there, sent.bytes_expected};
      for (const RemotePtr& known : remotes_) {
        if (known->entry.name != name) continue;
        // The waiters of the next push wait for this one, too.
        for (const auto& waiter : known->waiters_of_this_push) waiter.progress(progress);
        for (const auto& waiter : known->waiters) waiter.progress(progress);
      }
    });
  };
  VCS_ASSIGN(const sync::PushReport report,
             sync::push(repository_->store(), *head, *remote.store, *remote.cache, options));
  if (!report.left_out.empty())
    context_.log.warning(
        "{}: remote {} has all but {} objects, which are lost here and were given up",
        task.about.repository, remote.entry.name, report.left_out.size());
  return report.taken_by.has_value();
}

void SyncScheduler::schedule(const RemotePtr& remote, base::Nanos delay) {
  assert(context_.loop.here());
  if (!remote->entry.push) return;
  if (remote->pushing) {
    remote->again = true;
    return;
  }
  remote->timer.start(delay, [this, remote] { push(remote); });
}

void SyncScheduler::push(const RemotePtr& remote) {
  assert(context_.loop.here());
  if (remote->removed || stopping_) return;
  // A command asks for it: the remote may be at another place by now.
  if (!remote->waiters.empty()) remote->echoes = 0;
  const auto echoes = context_.echoes.since(remote->push_began);
  remote->push_began = context_.clock.steady();
  remote->pushing = true;
  remote->again = false;
  remote->waiters_of_this_push.swap(remote->waiters);
  auto outcome = std::make_shared<Outcome>();
  const bool is_due = context_.clock.steady() - remote->checked >= kCheckedAgainAfter;
  const bool check_remote = remote->check_remote || is_due || !remote->waiters_of_this_push.empty();
  const PushTask task{check_remote,
                      remote->audit,
                      leaves_out_lost_,
                      device_,
                      {context_.machine.name, file_.name, file_.worktree},
                      settings_};
  errands_.run(
      loop::Pool::remote,
      [this, remote, outcome, task, places = context_.places(), echoes] {
        const auto pushed_there = base::within_memory([&]() -> Result<bool> {
          VCS_TRY(look_at_place(*remote, places, echoes));
          return push_once(*remote, task);
        });
        outcome->result = pushed_there.map([](bool) {});
        outcome->name_is_taken = pushed_there.value_or(false);
        if (remote->store) outcome->weaknesses = remote->store->properties().weaknesses;
        if (remote->store)
          remote->on_data_disk = lies_with(context_.filesystem, remote->real_folder, data_);
        if (!outcome->result && outcome->result.error().code == ErrorCode::unavailable)
          remote->store = nullptr;
        if (remote->cache) outcome->head = remote->cache->head();
        if (auto lag = sync::measure_lag(repository_->store(), repository_->head(), outcome->head))
          outcome->lag = *lag;
      },
      [this, remote, outcome, check_remote, device = task.device, about = task.about] {
        remote->pushing = false;
        if (check_remote && outcome->result) remote->checked = context_.clock.steady();
        remote->check_remote =
            !outcome->result || about.repository != file_.name || about.folder != file_.worktree;
        if (outcome->result && device == device_) remote->audit = false;
        remote->remote_head = outcome->head;
        remote->lag = outcome->lag;
        remote->weaknesses = std::move(outcome->weaknesses);
        if (!remote->real_folder.empty()) remote->folder = remote->real_folder;
        remote->same_disk = remote->on_data_disk;
        if (outcome->name_is_taken && !remote->removed && !stopping_)
          leave_name(remote, device);
        else
          pushed(remote, outcome->result);
        if (remote->removed) forget_in_background(remote->entry.name);
      });
}

// The other copy keeps the name and its saves there. The waiters get the result of the push that
// follows, under a new name.
void SyncScheduler::leave_name(const RemotePtr& remote, const std::string& former) {
  for (auto& waiter : std::exchange(remote->waiters_of_this_push, {}))
    remote->waiters.push_back(std::move(waiter));
  const auto renamed = [this, remote](const Result<std::string>& device) {
    if (!device) {
      remote->waiters_of_this_push.swap(remote->waiters);
      return pushed(remote, tl::unexpected(device.error()));
    }
    device_ = *device;
    for (const RemotePtr& each : remotes_) {
      each->audit = each->check_remote = true;
      schedule(each, {});
    }
  };
  new_device_(former, [alive = std::weak_ptr<bool>(alive_), renamed](const auto& device) {
    const auto still = alive.lock();
    if (still && *still) renamed(device);
  });
}

// Takes the outcome before it calls the waiters: they ask for the status at once, which must show
// the result of this push.
void SyncScheduler::pushed(const RemotePtr& remote, const Result<void>& result) {
  assert(context_.loop.here());
  const auto waiters = std::exchange(remote->waiters_of_this_push, {});
  if (!remote->removed && !stopping_) take_outcome(remote, result);
  for (const Remote::Waiter& waiter : waiters) waiter.done();
}

void SyncScheduler::take_outcome(const RemotePtr& remote, const Result<void>& result) {
  if (result) {
    if (remote->error)
      context_.announce(file_.name, "remote", remote->entry.name + " is reachable again", "");
    remote->error.reset();
    remote->backoff = {};
    remote->last_sync = context_.clock.now();
    if (remote->again || is_behind(*remote)) schedule(remote, {});
    return;
  }
  if (!remote->error || remote->error->message != result.error().message) {
    context_.log.warning("{}: remote {}: {}", file_.name, remote->entry.name,
                         result.error().message);
    context_.announce(file_.name, "remote", remote->entry.name + ": " + result.error().message, "");
  }
  remote->error = result.error();
  if (remote->echoes >= kEchoesOfALoop) return;  // each retry would cause another save and copy
  remote->backoff = remote->backoff == base::Nanos{}
                        ? kFirstBackoff
                        : std::min(remote->backoff * 2, settings_.retry_longest);
  schedule(remote, remote->backoff);
}

bool SyncScheduler::is_behind(const Remote& remote) const {
  return repository_->head() != remote.remote_head;
}

// Refuses a second name for the same place, because it would be no second copy. `real` is the real
// path of its folder; "": it is no folder.
Result<void> SyncScheduler::check_new_place(const config::RemoteEntry& entry,
                                            const std::string& real) const {
  for (const RemotePtr& other : remotes_) {
    const bool is_same =
        real.empty() ? other->entry.url == entry.url
                     : other->folder == real || other->folder == folder_of_remote(entry.url);
    if (is_same)
      return fail(ErrorCode::already_exists, "'{}' is the remote '{}' of {} already",
                  remote::registry::redacted_remote_url(entry.url), other->entry.name, file_.name);
  }
  return {};
}

void SyncScheduler::add(const config::RemoteEntry& entry, Done done) {
  if (stopping_) return done(fail(ErrorCode::cancelled, "the agent is stopping"));
  if (const auto left = leaving_.find(entry.name); left != leaving_.end())
    return left->second.push_back([this, entry, done] { add(entry, done); });
  if (auto named = check_remote_name(entry.name); !named) return done(named);
  auto url = remote::registry::parse_remote_url(entry.url);
  if (!url) return done(tl::unexpected(std::move(url).error()));
  auto remote = std::make_shared<Remote>(context_.loop);
  remote->entry = entry;
  remote->shown_url = remote::registry::redacted_remote_url(entry.url);
  auto opened = std::make_shared<Result<void>>();
  errands_.run(
      loop::Pool::remote,
      [this, remote, opened, name = file_.name, settings = settings_, places = context_.places()] {
        *opened = base::within_memory([&]() -> Result<void> {
          VCS_TRY(look_at_place(*remote, places, {}));
          if (const std::string folder = folder_of_remote(remote->entry.url); !folder.empty())
            VCS_TRY(check_new_folder(context_.filesystem, folder));
          VCS_TRY(forget(remote->entry.name));
          VCS_TRY(open_parts(*remote, true, name, settings));
          VCS_TRY(
              sync::prove_remote(*remote->store, file_.id, repository_->store(), context_.random));
          remote->weaknesses = remote->store->properties().weaknesses;
          return {};
        });
        remote->on_data_disk = lies_with(context_.filesystem, remote->real_folder, data_);
      },
      [this, remote, opened, done] {
        if (stopping_) return done(fail(ErrorCode::cancelled, "the agent is stopping"));
        if (*opened) *opened = check_new_place(remote->entry, remote->real_folder);
        if (!*opened) return done(*opened);
        remote->folder = remote->real_folder;
        remote->same_disk = remote->on_data_disk;
        remotes_.push_back(remote);
        done({});
        schedule(remote, {});
      });
}

void SyncScheduler::remove(const std::string& name) {
  assert(context_.loop.here());
  std::erase_if(remotes_, [&](const RemotePtr& remote) {
    if (remote->entry.name != name) return false;
    remote->removed = true;
    remote->stop->stop();
    remote->timer.stop();
    for (const auto& waiter : std::exchange(remote->waiters, {})) waiter.done();
    leaving_.try_emplace(name);
    // A running push would write the cache again.
    if (!remote->pushing) forget_in_background(name);
    return true;
  });
}

void SyncScheduler::set_push(const std::string& name, bool push) {
  assert(context_.loop.here());
  for (const RemotePtr& remote : remotes_) {
    if (remote->entry.name != name) continue;
    remote->entry.push = push;
    remote->timer.stop();
    schedule(remote, {});
    if (push) continue;
    for (const auto& waiter : std::exchange(remote->waiters, {})) waiter.done();
  }
}

// Removes the cache of a remote: it would be wrong for another remote of that name.
Result<void> SyncScheduler::forget(const std::string& name) {
  VCS_ASSIGN(const auto own, context_.filesystem.open_directory(data_));
  VCS_ASSIGN(const auto remotes, base::open_or_make_directory(*own, kRemotesFolder));
  auto removed = base::remove_tree(*remotes, name);
  if (!removed && removed.error().code == ErrorCode::not_found) return {};
  return removed;
}

// Ignores errors: add() removes the rest before it adds a remote of that name.
void SyncScheduler::forget_in_background(const std::string& name) {
  errands_.run(
      loop::Pool::remote, [this, name] { (void)forget(name); },
      [this, name] {
        auto left = leaving_.extract(name);
        if (!left.empty())
          for (const auto& then : left.mapped()) then();
      });
}

void SyncScheduler::leave_out_lost(bool yes) {
  assert(context_.loop.here());
  if (std::exchange(leaves_out_lost_, yes) || !yes) return;
  for (const RemotePtr& remote : remotes_) schedule(remote, {});
}

void SyncScheduler::head_moved() {
  assert(context_.loop.here());
  for (const RemotePtr& remote : remotes_) {
    if (!remote->entry.push) continue;
    if (remote->lag.behind_commits == 0) remote->lag.oldest_unsynced = context_.clock.now();
    ++remote->lag.behind_commits;
    // A remote with an error keeps its pause; the others get one push for a burst of commits.
    if (!remote->error && !remote->timer.waits())
      schedule(remote, remote->pushing ? base::Nanos{} : settings_.interval);
  }
}

Result<void> SyncScheduler::push_now(const std::string& name, Progress progress,
                                     std::function<void()> done) {
  std::vector<RemotePtr> wanted;
  for (const RemotePtr& remote : remotes_) {
    if (!name.empty() && remote->entry.name != name) continue;
    if (remote->entry.push)
      wanted.push_back(remote);
    else if (!name.empty() || remotes_.size() == 1)
      return fail(ErrorCode::invalid,
                  "nothing is copied to {0}; to change that: vcsctl remote set {0} --push",
                  remote->entry.name);
  }
  if (wanted.empty() && !name.empty())
    return fail(ErrorCode::not_found, "{} has no remote '{}'; see: vcsctl remote list", file_.name,
                name);
  if (wanted.empty())
    return fail(ErrorCode::not_found,
                "{} has no remote yet; add one with: vcsctl remote add NAME URL", file_.name);
  auto left = std::make_shared<std::size_t>(wanted.size());
  for (const RemotePtr& remote : wanted) {
    remote->waiters.push_back({progress, [left, done] {
                                 if (--*left == 0) done();
                               }});
    schedule(remote, {});
  }
  return {};
}

bool SyncScheduler::is_pushing() const {
  return std::any_of(remotes_.begin(), remotes_.end(),
                     [](const RemotePtr& remote) { return remote->entry.push && remote->pushing; });
}

std::vector<ipc::RemoteStatus> SyncScheduler::status() const {
  assert(context_.loop.here());
  std::vector<ipc::RemoteStatus> all;
  for (const RemotePtr& remote : remotes_) {
    ipc::RemoteStatus status;
    status.name = remote->entry.name;
    status.url = remote->shown_url;
    status.push = remote->entry.push;
    status.behind_commits = remote->lag.behind_commits;
    if (remote->lag.oldest_unsynced)
      status.oldest_unsynced_seconds =
          std::max(0.0, base::in_seconds(context_.clock.now() - *remote->lag.oldest_unsynced));
    status.last_sync = remote->last_sync;
    status.weaknesses = remote->weaknesses;
    status.same_disk = remote->same_disk;
    if (remote->error) status.last_error = remote->error->message;
    if (!remote->entry.push) {
      status.state = ipc::RemoteState::off;
      status.behind_commits = 0;
      status.oldest_unsynced_seconds = 0;
      status.last_error.clear();
    } else if (remote->pushing)
      status.state = ipc::RemoteState::syncing;
    else if (remote->error)
      status.state = remote->error->code == ErrorCode::unavailable ? ipc::RemoteState::waiting
                                                                   : ipc::RemoteState::error;
    else
      status.state = is_behind(*remote) ? ipc::RemoteState::pending : ipc::RemoteState::synced;
    all.push_back(std::move(status));
  }
  return all;
}

}  // namespace vcs::agent::schedule
