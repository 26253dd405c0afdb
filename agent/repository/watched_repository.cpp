// SPDX-License-Identifier: Apache-2.0
// The life of a watched repository: opening, watching, suspending, closing.
#include "agent/repository/watched_repository.hpp"

#include <algorithm>

#include "agent/repository/root_guard.hpp"
#include "agent/repository/watched_summary.hpp"
#include "agent/watch/watch_filter.hpp"
#include "core/base/duration.hpp"
#include "core/base/memory.hpp"

namespace vcs::agent::repository {
namespace {

using base::ErrorCode;
using base::Result;

constexpr const char* kCookieFolder = "cookies";
constexpr base::Nanos kOpenInterval = std::chrono::seconds(10);
// A root that is away is looked for soon, and then less often.
constexpr base::Nanos kFirstRootDelay = std::chrono::milliseconds(100);
constexpr base::Nanos kLongestRootDelay = std::chrono::seconds(2);
// A description that could not be written is written again after this long.
constexpr base::Nanos kSaveInterval = std::chrono::seconds(10);

object::ChunkerParameters chunker_parameters(const config::ChunkerEntry& entry) {
  return {entry.algorithm, static_cast<std::uint32_t>(entry.average), entry.seed};
}

std::shared_ptr<const worktree::IgnorePatterns> parse_ignore(
    const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(line).append("\n");
  return worktree::IgnorePatterns::parse(text);
}

schedule::SettleOptions settle_options(const config::WatchSettings& watch) {
  return {watch.settle_quiet, watch.settle_latest, watch.delete_delay};
}

const char* describe(watch::RootEvent event) {
  switch (event) {
    case watch::RootEvent::moved:
      return "the folder was moved away";
    case watch::RootEvent::unmounted:
      return "its filesystem was unmounted";
    case watch::RootEvent::lost_track:
      return "there was not enough memory to follow what happens in the folder";
    case watch::RootEvent::gone:
      break;
  }
  return "the folder is not in its place";
}

}  // namespace

// What opening brings back from the background.
struct OpenedParts {
  std::shared_ptr<base::Directory> directory;
  std::shared_ptr<history::Repository> repository;
  std::shared_ptr<Summary> summary;
  Result<WatchRecord> watched;
  Result<DamageRecord> damage;
  Device device;
  std::vector<config::DeviceEntry> devices;
};

namespace {

// Which device the repository is, written down before anything is copied in its name.
Result<void> open_device(Context& context, const std::string& data, config::RepositoryFile file,
                         OpenedParts& parts) {
  parts.device = settle_device(context, data, file);
  parts.devices = file.devices;
  if (parts.device.origin == DeviceOrigin::known) return {};
  // What is remembered of remotes speaks of another device's ref there.
  if (parts.device.origin != DeviceOrigin::moved)
    (void)base::remove_tree(*parts.directory, schedule::kRemotesFolder);
  return config::write_repository_file(*parts.directory, file);
}

}  // namespace

WatchedRepository::WatchedRepository(Context& context, const config::Settings& settings,
                                     config::RepositoryFile file, std::string data)
    : context_(context),
      settings_(settings),
      file_(std::move(file)),
      data_(std::move(data)),
      chunker_(chunker_parameters(file_.chunker)),
      ignore_(parse_ignore(settings.watch.ignore)),
      summary_(std::make_shared<Summary>()),
      problems_(context.loop, [this](const worktree::Mark& mark) { scheduler_->look_at(mark); }),
      silent_writes_(
          context, {[this] { return file_.worktree; }, [this] { return state_ == State::watching; },
                    [this](const worktree::Mark& mark) { scheduler_->look_at(mark); }}) {}

WatchedRepository::~WatchedRepository() = default;

void WatchedRepository::open(Done done) {
  auto self = shared_from_this();
  auto parts = std::make_shared<OpenedParts>();
  auto result = std::make_shared<Result<void>>();
  const auto work = [this, self, parts, file = file_,
                     pack_size = settings_.core.pack_size]() -> Result<void> {
    VCS_ASSIGN(parts->directory, context_.filesystem.open_directory(data_));
    VCS_ASSIGN(auto own, context_.filesystem.open_directory(data_));
    store::StoreOptions options;
    options.seal_at = pack_size;
    options.hash_provider = context_.hash_provider;
    options.writers = context_.writers;
    VCS_ASSIGN(parts->repository,
               history::Repository::open(std::move(own), options, holder_text(), context_.log));
    // Of an agent that was killed, or that proved with files what was told on every system.
    (void)base::remove_tree(*parts->directory, kCookieFolder);
    VCS_ASSIGN(parts->summary, Summary::of(*parts->repository));
    parts->watched = read_watch_record(*parts->directory);
    parts->damage = read_damage_record(*parts->directory);
    return open_device(context_, data_, file, *parts);
  };
  ++in_background_;
  context_.loop.run_in_background(
      loop::Pool::compute, [work, result] { *result = base::within_memory(work); },
      [this, self, parts, result, done] {
        --in_background_;
        if (state_ == State::closed) {
          opening_ended(base::fail(ErrorCode::cancelled, "the agent is stopping"));
          return finish_close();
        }
        if (!*result) {
          set_state(State::failed, result->error().message);
          opening_ended(*result);
          open_again_later();
          return done(*result);
        }
        directory_ = parts->directory;
        repository_ = parts->repository;
        summary_ = parts->summary;
        mounts_ = repository_->mounts();
        file_.devices = parts->devices;
        tell_device(parts->device);
        recall_watching(parts->watched);
        recall_damage(parts->damage);
        if (file_.brake)
          if (const auto commit = object::ObjectId::from_hex(file_.brake->commit))
            brake_window_.pin(*commit);
        opened(done);
      });
}

// What kept it from being opened may go by itself: a disk comes back, another agent ends.
void WatchedRepository::open_again_later() {
  root_timer_.start(kOpenInterval, [this] { open([](const Result<void>&) {}); });
}

void WatchedRepository::fail(const base::Error& why) {
  set_state(State::failed, why.message);
  opening_ended(tl::unexpected(why));
}

void WatchedRepository::opened(Done done) {
  for (const std::string& damage : repository_->store().recovery().damage)
    context_.announce(file_.name, "problem", damage, "");
  snapshotter_ = std::make_shared<snapshot::Snapshotter>(*repository_, chunker_, context_.clock,
                                                         context_.lanes, context_.log);
  scheduler_ = std::make_unique<schedule::SnapshotScheduler>(
      context_.loop, context_.clock, settle_options(settings_.watch),
      [this](snapshot::SnapshotRequest request, auto finished) {
        run_snapshot(std::move(request), std::move(finished));
      },
      [this](const Result<snapshot::SnapshotOutcome>& result) { snapshot_finished(result); });
  sync_ = std::make_unique<schedule::SyncScheduler>(
      context_, file_, data_, repository_, settings_.sync, device(),
      [this](const std::string& former, auto then) { take_new_device(former, std::move(then)); });
  sync_->start();
  start_maintenance();
  start_watching();
  arm_audit();
  arm_after_saves();
  arm_pack_check();
  silent_writes_.look_every(settings_.watch.unstable_interval);
  arm_watch_record();
  opening_ended({});
  done({});
}

void WatchedRepository::when_open(std::function<void(const Result<void>&)> then) {
  if (state_ == State::opening) return waiting_for_open_.push_back(std::move(then));
  if (scheduler_) return then({});
  then(base::fail(ErrorCode::unavailable, "{} is not open: {}", file_.name, reason_));
}

void WatchedRepository::opening_ended(const Result<void>& result) {
  for (const auto& then : std::exchange(waiting_for_open_, {})) then(result);
}

// Watches first, scans then: what happens in between is told by events.
void WatchedRepository::watch_again() {
  if (state_ == State::closed || state_ == State::suspended || starting_) return;
  drop_watcher();
  start_watching();
}

void WatchedRepository::start_watching() {
  set_state(State::scanning);
  starting_ = true;
  auto self = shared_from_this();
  std::shared_ptr<watch::Watcher> watcher = context_.make_watcher();
  struct Start {
    Result<config::RootIdentity> root = base::fail(ErrorCode::cancelled, "not started");
    Result<void> watching;
    watch::StorageKind storage = watch::StorageKind::unknown;
  };
  auto start = std::make_shared<Start>();
  const std::uint64_t generation = ++watch_generation_;
  // Work in the background gets copies: the loop may change the originals meanwhile.
  const auto work = [this, self, watcher, start, sink = make_sink(generation), known = file_.root,
                     ignore = ignore_, honor_gitignore = settings_.watch.honor_gitignore,
                     repository = repository_, worktree = file_.worktree,
                     places = context_.places()]() -> Result<config::RootIdentity> {
    VCS_TRY(places.check_watched(context_.filesystem, worktree));
    VCS_ASSIGN(GuardedRoot root,
               open_guarded_root(context_.filesystem, worktree, known, *repository));
    start->storage = context_.storage_of(worktree);
    auto filter = watch::make_watch_filter(context_.filesystem, worktree, ignore, honor_gitignore);
    start->watching =
        watcher->start(worktree, data_ + "/" + kCookieFolder, sink, std::move(filter));
    // The open folder ends here: it would keep its filesystem from being unmounted.
    return root.identity;
  };
  ++in_background_;
  enter_folder();
  context_.loop.run_in_background(
      loop::Pool::compute, [work, start] { start->root = base::within_memory(work); },
      [this, self, watcher, start] {
        --in_background_;
        starting_ = false;
        if (moving_) {
          watcher_ = watcher;
          drop_watcher();
          watches_settled();
          left_folder();
          return finish_close();
        }
        left_folder();
        if (state_ == State::closed) {
          watches_settled();
          return finish_close();
        }
        if (!start->root) {
          suspend(start->root.error().message);
          return watches_settled();
        }
        storage_ = start->storage;
        remember_root(*start->root);
        if (!start->watching && watch_problem_ != start->watching.error().message)
          context_.log.warning("{}: cannot watch: {}; looking every {} instead", file_.name,
                               start->watching.error().message,
                               base::format_duration(settings_.watch.poll_interval));
        watch_problem_ = start->watching ? std::string() : start->watching.error().message;
        watching_started(start->watching ? watcher : nullptr);
      });
}

void WatchedRepository::watching_started(std::shared_ptr<watch::Watcher> watcher) {
  watcher_ = std::move(watcher);
  root_delay_ = {};
  full_scan_done_ = false;
  watching_begins();
  arm_polling();
  scheduler_->look_at({"", true});
  scheduler_->resume();
  // A person's commit that waited gives this scan its message.
  watches_settled();
  scheduler_->run_now(object::CommitKind::automatic, "", [](const auto&) {});
}

void WatchedRepository::watches_settled() {
  for (const auto& then : std::exchange(waiting_for_watches_, {})) then();
}

watch::WatchSink WatchedRepository::make_sink(std::uint64_t generation) {
  // Called on the watcher's thread: it only passes on.
  std::weak_ptr<WatchedRepository> weak = weak_from_this();
  loop::EventLoop& loop = context_.loop;
  const auto on_loop = [weak, &loop, generation](auto action) {
    loop.post([weak, generation, action = std::move(action)]() mutable {
      auto self = weak.lock();
      if (self && self->watch_generation_ == generation && self->state_ != State::closed)
        action(*self);
    });
  };
  watch::WatchSink sink;
  sink.changes = [on_loop](std::vector<watch::Change> batch) {
    on_loop([batch = std::move(batch)](WatchedRepository& self) mutable {
      self.changed(std::move(batch));
    });
  };
  sink.proven = [on_loop](watch::ProofToken token) {
    on_loop([token](WatchedRepository& self) { self.sync_point_.proven(token); });
  };
  sink.root = [on_loop](watch::RootEvent event) {
    on_loop([event](WatchedRepository& self) { self.suspend(describe(event)); });
  };
  return sink;
}

void WatchedRepository::changed(std::vector<watch::Change> batch) {
  maintenance_->activity();
  make_way();
  for (const watch::Change& change : batch) {
    audit_hears(change);
    context_.echoes.hear(file_.worktree, change.path, context_.clock.steady());
    ignore_files_changed_ |=
        change.path.ends_with(".vcsignore") || change.path.ends_with(".gitignore");
    scheduler_->changed(change);
    // Of a folder that could not be read, nothing is known yet.
    if (problems_.contains(change.path)) scheduler_->look_at({change.path, true});
  }
}

void WatchedRepository::suspend(const std::string& reason) {
  if (state_ == State::closed || moving_) return;
  watched_until_now();
  set_state(State::suspended, reason);
  scheduler_->pause(base::Error{ErrorCode::unavailable,
                                fmt::format("{} is suspended: {}", file_.name, reason), 0});
  drop_watcher();
  root_delay_ = std::clamp(2 * root_delay_, kFirstRootDelay, kLongestRootDelay);
  root_timer_.start(root_delay_, [this] { look_for_root(); });
}

void WatchedRepository::look_for_root() {
  auto self = shared_from_this();
  ++in_background_;
  enter_folder();
  loop::run_for_result(
      context_.loop, loop::Pool::query,
      [this, self, known = file_.root, repository = repository_, worktree = file_.worktree,
       places = context_.places()]() -> Result<void> {
        VCS_TRY(open_guarded_root(context_.filesystem, worktree, known, *repository));
        return places.check_watched(context_.filesystem, worktree);
      },
      [this, self](const Result<void>& found) {
        --in_background_;
        left_folder();
        if (state_ == State::closed) return finish_close();
        if (moving_) return;
        if (found) return start_watching();
        suspend(found.error().message);
      });
}

// Joining the watcher's thread may take a moment: not on the loop.
void WatchedRepository::drop_watcher() {
  ++watch_generation_;
  drop_audit();
  if (!watcher_) return;
  lost_events_ += watcher_->usage().lost_events;
  context_.loop.run_in_background(
      loop::Pool::query,
      [watcher = std::exchange(watcher_, nullptr)]() mutable { watcher = nullptr; }, [] {});
}

void WatchedRepository::close(std::function<void()> done) {
  auto self = shared_from_this();
  watched_until_now();
  drop_watcher();
  if (scheduler_) scheduler_->pause(base::Error{ErrorCode::cancelled, "the agent is stopping", 0});
  set_state(State::closed);
  problems_.stop();
  silent_writes_.stop();
  for (loop::Timer* timer : {&audit_timer_, &poll_timer_, &root_timer_, &after_saves_timer_,
                             &save_timer_, &pack_timer_, &watch_record_timer_})
    timer->stop();
  if (graph_cancelled_) *graph_cancelled_ = true;
  closed_ = std::move(done);
  if (sync_) {
    ++in_background_;
    sync_->stop([this, self] {
      --in_background_;
      finish_close();
    });
  }
  if (maintenance_) {
    ++in_background_;
    maintenance_->stop([this, self] {
      --in_background_;
      finish_close();
    });
  }
  context_.loop.post([self] { self->finish_close(); });
}

void WatchedRepository::finish_close() {
  if (in_background_ > 0 || !closed_) return;
  std::exchange(closed_, nullptr)();
}

void WatchedRepository::apply_settings(const config::Settings& settings) {
  // What is left out changes with these, and no event tells of it.
  const bool left_out_changed = settings.watch.max_file_size != settings_.watch.max_file_size ||
                                settings.watch.ignore != settings_.watch.ignore ||
                                settings.watch.honor_gitignore != settings_.watch.honor_gitignore;
  settings_ = settings;
  ignore_ = parse_ignore(settings.watch.ignore);
  if (scheduler_) scheduler_->set_options(settle_options(settings.watch));
  if (sync_) sync_->apply_settings(settings.sync);
  if (maintenance_) maintenance_->apply_settings(settings.core);
  arm_audit();
  arm_polling();
  silent_writes_.look_every(settings_.watch.unstable_interval);
  if (left_out_changed && watcher_) watch_again();
}

void WatchedRepository::set_state(State state, const std::string& reason) {
  if (state_ == state && reason_ == reason) return;
  const bool news =
      state == State::suspended || state == State::failed || state_ == State::suspended;
  state_ = state;
  reason_ = reason;
  if (!news || state == State::closed) return;
  const std::string text = reason.empty() ? "looking at the folder again" : "suspended: " + reason;
  context_.log.warning("{}: {}", file_.name, text);
  context_.announce(file_.name, "state", text, "");
}

// Writes repository.toml as it is now, one writing after the other.
void WatchedRepository::save_file(Done done) {
  waiting_for_save_.push_back(std::move(done));
  if (!saving_) write_file();
}

void WatchedRepository::write_file() {
  saving_ = true;
  auto self = shared_from_this();
  ++in_background_;
  loop::run_for_result(
      context_.loop, loop::Pool::query,
      [directory = directory_, file = file_] {
        return config::write_repository_file(*directory, file);
      },
      [this, self, served = std::exchange(waiting_for_save_, {})](const Result<void>& written) {
        --in_background_;
        saving_ = false;
        for (const Done& done : served) done(written);
        if (!waiting_for_save_.empty() && !saving_) write_file();
        if (!written) save_again();
        finish_close();
      });
}

// Whether the old or the new description lies there after an error, nobody knows. Those who were
// answered with it have put back what they wanted, and that is what must be found after a restart.
void WatchedRepository::save_again() {
  if (save_timer_.waits() || state_ == State::closed) return;
  save_timer_.start(kSaveInterval, [this] { save_file([](const Result<void>&) {}); });
}

void WatchedRepository::remember_root(const config::RootIdentity& identity) {
  if (file_.root == identity) return;
  file_.root = identity;
  save_file([this](const Result<void>& saved) {
    if (!saved)
      context_.log.warning("{}: cannot remember the folder's identity: {}", file_.name,
                           saved.error().message);
  });
}

std::vector<Place> WatchedRepository::remote_places() const {
  if (sync_) return sync_->places();
  std::vector<Place> places;
  for (const config::RemoteEntry& remote : file_.remotes)
    if (std::string folder = folder_of_remote(remote.url); !folder.empty())
      places.push_back(
          {std::move(folder), fmt::format("remote {} of {}", remote.name, file_.name)});
  return places;
}

void WatchedRepository::add_remote(const std::string& name, const std::string& url, Done done) {
  for (const config::RemoteEntry& remote : file_.remotes)
    if (remote.name == name)
      return done(base::fail(ErrorCode::already_exists,
                             "{} has a remote '{}' already; remove it first", file_.name, name));
  sync_->add({name, url}, [this, self = shared_from_this(), name, url, done](Result<void> added) {
    if (!added) return done(added);
    file_.remotes.push_back({name, url});
    save_file([this, self, name, done](const Result<void>& saved) {
      if (!saved) {
        std::erase_if(file_.remotes, [&](const auto& remote) { return remote.name == name; });
        sync_->remove(name);
      }
      done(saved);
    });
  });
}

void WatchedRepository::remove_remote(const std::string& name, Done done) {
  const auto named = [&](const config::RemoteEntry& remote) { return remote.name == name; };
  const auto found = std::find_if(file_.remotes.begin(), file_.remotes.end(), named);
  if (found == file_.remotes.end())
    return done(base::fail(ErrorCode::not_found, "{} has no remote '{}'", file_.name, name));
  const config::RemoteEntry kept = *found;
  file_.remotes.erase(found);
  save_file([this, self = shared_from_this(), kept, done](const Result<void>& saved) {
    if (saved)
      sync_->remove(kept.name);
    else
      file_.remotes.push_back(kept);
    done(saved);
  });
}

void WatchedRepository::set_remote_push(const std::string& name, bool push, Done done) {
  const auto named = [&](const config::RemoteEntry& remote) { return remote.name == name; };
  const auto found = std::find_if(file_.remotes.begin(), file_.remotes.end(), named);
  if (found == file_.remotes.end())
    return done(base::fail(ErrorCode::not_found, "{} has no remote '{}'; see: vcsctl remote list",
                           file_.name, name));
  const auto set = [this, self = shared_from_this(), name](bool value) {
    for (config::RemoteEntry& remote : file_.remotes)
      if (remote.name == name) remote.push = value;
  };
  const bool before = std::exchange(found->push, push);
  save_file([this, set, name, before, push, done](const Result<void>& saved) {
    if (saved)
      sync_->set_push(name, push);
    else
      set(before);
    done(saved);
  });
}

// --- Which device it is ---

std::string WatchedRepository::device() const {
  const config::DeviceEntry* entry = device_at(context_, data_, file_);
  return entry == nullptr ? std::string() : entry->id;
}

void WatchedRepository::tell_device(const Device& device) {
  if (device.origin != DeviceOrigin::copy) return;
  const std::string text = fmt::format(
      "this is a copy of the repository in {}; it copies to its remotes under a name of its own, "
      "{}",
      device.original, device.id);
  context_.log.warning("{}: {}", file_.name, text);
  context_.announce(file_.name, "state", text, "");
}

// Another copy of this repository has used its name at a remote. It keeps it.
void WatchedRepository::take_new_device(const std::string& former,
                                        std::function<void(Result<std::string>)> done) {
  const std::vector<config::DeviceEntry> before = file_.devices;
  if (former == device()) {
    const std::string id = repository::take_new_device(context_, data_, file_);
    const std::string text = fmt::format(
        "{} at a remote is another copy of this repository, or has what is lost here; this one "
        "goes on as {}",
        former, id);
    context_.log.warning("{}: {}", file_.name, text);
    context_.announce(file_.name, "state", text, "");
  }
  save_file([this, self = shared_from_this(), before, done](const Result<void>& saved) {
    if (saved) return done(device());
    file_.devices = before;
    done(tl::unexpected(saved.error()));
  });
}

}  // namespace vcs::agent::repository
