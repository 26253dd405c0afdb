// SPDX-License-Identifier: Apache-2.0
// The life of a watched repository: opening, watching, suspending, closing.
#include "agent/repository/watched_repository.hpp"

#include <algorithm>

#include "agent/repository/watched_parts.hpp"
#include "core/base/memory.hpp"
#include "core/history/repository.hpp"

namespace vcs::agent::repository {
namespace {

constexpr base::Nanos kOpenInterval = std::chrono::seconds(10);

object::ChunkerParameters chunker_parameters(const config::ChunkerEntry& entry) {
  return {entry.algorithm, static_cast<std::uint32_t>(entry.average), entry.seed};
}

std::shared_ptr<const worktree::IgnorePatterns> parse_ignore(
    const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(line).append("\n");
  return worktree::IgnorePatterns::parse(text);
}

// Settles the device of the repository, and writes it down before anything is copied in its name.
Result<void> open_device(Context& context, const std::string& data, config::RepositoryFile file,
                         OpenedParts& opened) {
  opened.device = settle_device(context, data, file);
  opened.devices = file.devices;
  if (opened.device.origin == DeviceOrigin::known) return {};
  // The caches of the remotes are about the ref of another device.
  if (opened.device.origin != DeviceOrigin::moved)
    (void)base::remove_tree(*opened.directory, schedule::kRemotesFolder);
  return config::write_repository_file(*opened.directory, file);
}

Result<std::shared_ptr<OpenedParts>> open_history(Context& context, const std::string& data,
                                                  const config::RepositoryFile& file,
                                                  std::uint64_t pack_size) {
  const auto opened = std::make_shared<OpenedParts>();
  VCS_ASSIGN(opened->directory, context.filesystem.open_directory(data));
  VCS_ASSIGN(auto own, context.filesystem.open_directory(data));
  store::StoreOptions options;
  options.seal_at = pack_size;
  options.hash_provider = context.hash_provider;
  options.writers = context.writers;
  VCS_ASSIGN(opened->history,
             history::Repository::open(std::move(own), options, holder_text(), context.log));
  // Cookies of an agent that was killed, or of an older version, which used them on every system.
  (void)base::remove_tree(*opened->directory, kCookieFolder);
  VCS_ASSIGN(opened->summary, Summary::of(*opened->history));
  opened->watched = records::read_watch_record(*opened->directory);
  opened->damage = records::read_damage_record(*opened->directory);
  VCS_TRY(open_device(context, data, file, *opened));
  return opened;
}

bool changes_what_is_left_out(const config::WatchSettings& before,
                              const config::WatchSettings& after) {
  return before.max_file_size != after.max_file_size || before.ignore != after.ignore ||
         before.honor_gitignore != after.honor_gitignore;
}

}  // namespace

WatchedRepository::WatchedRepository(Context& context, const config::Settings& settings,
                                     config::RepositoryFile file, std::string data)
    : context_(context),
      settings_(settings),
      description_(context, errands_, std::move(file), std::move(data)),
      chunker_(chunker_parameters(description_->chunker)),
      ignore_(parse_ignore(settings.watch.ignore)) {}

WatchedRepository::~WatchedRepository() = default;

// --- Opening ---

void WatchedRepository::open(Done done) {
  errands_.run(
      loop::Pool::compute,
      [&context = context_, data = data(), file = file(), pack_size = settings_.core.pack_size] {
        return open_history(context, data, file, pack_size);
      },
      [this, done = std::move(done)](const Result<std::shared_ptr<OpenedParts>>& result) {
        if (state_ == State::closed)
          return opening_ended(base::fail(ErrorCode::cancelled, "the agent is stopping"));
        if (!result) {
          fail(result.error());
          open_again_later();
          return done(Failure(result.error()));
        }
        opened(**result);
        done({});
      });
}

// The cause may end by itself: a disk comes back, another agent ends.
void WatchedRepository::open_again_later() {
  open_timer_.start(kOpenInterval, [this] { open([](const Result<void>&) {}); });
}

void WatchedRepository::fail(const Error& why) {
  set_state(State::failed, why.message);
  opening_ended(Failure(why));
}

void WatchedRepository::opened(OpenedParts& opened) {
  description_.opened(opened.directory);
  description_.edit().devices = opened.devices;
  description_.tell_device(opened.device);
  parts_ = std::make_unique<WatchedParts>(
      Ground{description_, folder_, settings_, ignore_, chunker_, opened.history}, opened,
      reactions());
  for (const std::string& damage : parts_->history->store().recovery().damage)
    context_.announce(file().name, "problem", damage, "");
  parts_->sync.leave_out_lost(parts_->damage.is_given_up());
  parts_->sync.start();
  start_watching();
  parts_->audit.begin_every(settings_.watch.audit_interval);
  parts_->after_saves.soon();
  parts_->packs.look_soon();
  parts_->silent_writes.look_every(settings_.watch.unstable_interval);
  opening_ended({});
}

Reactions WatchedRepository::reactions() {
  return {.changed = [this](const auto& batch) { changed(batch); },
          .watching_started = [this] { watching_started(); },
          .root_is_away = [this](const std::string& why) { suspend(why); },
          .root_is_back = [this] { start_watching(); },
          .watch_again = [this] { watch_again(); },
          .snapshot_finished = [this](const auto& outcome) { snapshot_finished(outcome); },
          .packs_were_merged = [this] { packs_were_merged(); },
          .is_watching = [this] { return state_ == State::watching; },
          .is_quiet = [this] { return is_quiet(); }};
}

void WatchedRepository::when_open(std::function<void(const Result<void>&)> then) {
  if (state_ == State::opening) return waiting_for_open_.push_back(std::move(then));
  if (parts_) return then({});
  then(base::fail(ErrorCode::unavailable, "{} is not open: {}", file().name, reason_));
}

void WatchedRepository::opening_ended(const Result<void>& result) {
  for (const auto& then : std::exchange(waiting_for_open_, {})) then(result);
}

// --- Watching ---

void WatchedRepository::start_watching() {
  set_state(State::scanning);
  parts_->watching.start();
}

void WatchedRepository::watch_again() {
  if (state_ == State::closed || state_ == State::suspended || parts_->watching.is_starting())
    return;
  unwatch();
  start_watching();
}

void WatchedRepository::unwatch() {
  parts_->watching.drop();
  parts_->audit.drop();
}

void WatchedRepository::watching_started() {
  full_scan_done_ = false;
  parts_->times.watching_begins();
  parts_->watching.arm_polling();
  look_at_everything();
  // A person's commit that waited gives this scan its message.
  parts_->snapshots.scheduler().resume();
}

void WatchedRepository::changed(const std::vector<watch::Change>& batch) {
  WatchedParts& parts = *parts_;
  parts.maintenance.activity();
  parts.audit.make_way();
  for (const watch::Change& change : batch) {
    parts.audit.hears(change);
    context_.echoes.hear(file().worktree, change.path, context_.clock.steady());
    ignore_files_changed_ |=
        change.path.ends_with(".vcsignore") || change.path.ends_with(".gitignore");
    parts.snapshots.scheduler().changed(change);
    // If it is a folder that could not be read, nothing below it is known yet: scan it all.
    if (parts.left_out.problems().contains(change.path))
      parts.snapshots.scheduler().look_at({change.path, true});
  }
}

void WatchedRepository::suspend(const std::string& reason) {
  if (state_ == State::closed || moving_) return;
  parts_->times.watching_ends();
  set_state(State::suspended, reason);
  parts_->snapshots.scheduler().pause(
      Error{ErrorCode::unavailable, fmt::format("{} is suspended: {}", file().name, reason), 0});
  unwatch();
  parts_->watching.look_for_root();
}

void WatchedRepository::set_state(State state, const std::string& reason) {
  if (state_ == state && reason_ == reason) return;
  const bool news =
      state == State::suspended || state == State::failed || state_ == State::suspended;
  state_ = state;
  reason_ = reason;
  if (!news || state == State::closed) return;
  description_.context().warn(
      "state", reason.empty() ? "looking at the folder again" : "suspended: " + reason);
}

// --- Closing ---

void WatchedRepository::close(std::function<void()> done) {
  if (parts_) stop_parts();
  set_state(State::closed);
  open_timer_.stop();
  description_.stop();
  const auto drain = [this, done = std::move(done)] { errands_.drain(done); };
  if (!parts_) return drain();
  // These two have errands of their own.
  parts_->sync.stop([this, drain] { parts_->maintenance.stop(drain); });
}

// After this no part begins new work.
void WatchedRepository::stop_parts() {
  WatchedParts& parts = *parts_;
  parts.times.watching_ends();
  parts.times.stop();
  parts.watching.stop();
  parts.audit.stop();
  parts.snapshots.scheduler().pause(Error{ErrorCode::cancelled, "the agent is stopping", 0});
  parts.left_out.problems().stop();
  parts.silent_writes.stop();
  parts.packs.stop();
  parts.alarm.stop();
  parts.after_saves.stop();
}

// --- Requests ---

void WatchedRepository::apply_settings(const config::Settings& settings) {
  // These settings change which files are left out, and no event reports that.
  const bool left_out_changed = changes_what_is_left_out(settings_.watch, settings.watch);
  settings_ = settings;
  ignore_ = parse_ignore(settings.watch.ignore);
  if (!parts_) return;
  parts_->snapshots.settings_changed();
  parts_->sync.apply_settings(settings.sync);
  parts_->maintenance.apply_settings(settings.core);
  parts_->audit.begin_every(settings.watch.audit_interval);
  parts_->watching.arm_polling();
  parts_->silent_writes.look_every(settings.watch.unstable_interval);
  if (left_out_changed && parts_->watching.has_watcher()) watch_again();
}

std::shared_ptr<history::Repository> WatchedRepository::repository() const {
  return parts_ ? parts_->history : nullptr;
}
schedule::SyncScheduler& WatchedRepository::sync() {
  return parts_->sync;
}
schedule::Maintenance& WatchedRepository::maintenance() {
  return parts_->maintenance;
}

void WatchedRepository::acknowledge_alarm(Done done) {
  parts_->alarm.acknowledge(std::move(done));
}

const index::Mounts& WatchedRepository::mounts() const {
  static const index::Mounts kNone;
  return parts_ ? parts_->mounts.all() : kNone;
}
void WatchedRepository::dismiss_mount(const std::string& path, Done done) {
  parts_->mounts.dismiss(path, parts_->snapshots.scheduler(), std::move(done));
}

void WatchedRepository::verified(const records::Verified& result, loop::EventLoop::Task then) {
  parts_->damage.verified(result, std::move(then));
  parts_->sync.leave_out_lost(parts_->damage.is_given_up());
}

// Reads the damage again, because the repair may have ended it.
void WatchedRepository::end_repair(std::function<void()> then) {
  repairing_ = false;
  if (state_ != State::closed) parts_->packs.repaired();
  errands_.run(
      loop::Pool::query, [history = parts_->history] { return Summary::of(*history); },
      [this, then = std::move(then)](const Result<std::shared_ptr<Summary>>& summary) {
        if (summary) parts_->snapshots.set_summary(*summary);
        if (then) then();
      });
}

// Idle work may begin.
bool WatchedRepository::is_quiet() const {
  // While the alarm is set, a person may need the old saves: do not touch their packs.
  if (parts_->alarm.is_set()) return false;
  if (state_ != State::watching && state_ != State::suspended) return false;
  const schedule::SnapshotScheduler& snapshots = parts_->snapshots.scheduler();
  if (snapshots.running() || snapshots.pending() > 0) return false;
  return !parts_->sync.is_pushing();
}

void WatchedRepository::packs_were_merged() {
  auto summary = std::make_shared<Summary>(parts_->snapshots.summary());
  summary->store = parts_->history->store().stats();
  parts_->snapshots.set_summary(std::move(summary));
  const store::CompactionTotals& totals = parts_->maintenance.totals();
  context_.log.info("{}: packs were merged: {} bytes of them are {} now", file().name,
                    totals.bytes_before, totals.bytes_after);
}

}  // namespace vcs::agent::repository
