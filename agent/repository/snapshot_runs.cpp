// SPDX-License-Identifier: Apache-2.0
// Each run has what it needs as copies: the loop may change the originals meanwhile.
#include "agent/repository/snapshot_runs.hpp"

#include <unistd.h>
#include <cassert>

#include <algorithm>
#include <utility>

#include "agent/places.hpp"
#include "agent/repository/root_guard.hpp"
#include "core/history/repository.hpp"

namespace vcs::agent::repository {
namespace {

using snapshot::SnapshotOutcome;

bool looks_below(const std::vector<worktree::Mark>& marks) {
  return std::any_of(marks.begin(), marks.end(),
                     [](const worktree::Mark& mark) { return mark.recursive; });
}

// Fails if the data folder was removed or replaced: a save written into it would be lost.
Result<void> check_data_folder(base::FileSystem& filesystem, const std::string& path,
                               base::Directory& open) {
  const auto there = filesystem.stat(path);
  VCS_ASSIGN(const base::FileStat ours, open.stat_self());
  if (there && there->inode == ours.inode) return {};
  return fail(ErrorCode::unavailable,
              "the folder of its history, {}, was removed or replaced while it was in use; put "
              "it back, or remove this repository and clone its copy",
              path);
}

Result<void> stay_apart(const Places& own, base::FileSystem& filesystem,
                        const std::string& worktree) {
  const auto apart = own.check_watched(filesystem, worktree);
  if (apart) return {};
  return fail(ErrorCode::unavailable, "{}", apart.error().message);
}

schedule::SettleOptions settle_options(const config::WatchSettings& watch) {
  return {watch.settle_quiet, watch.settle_latest, watch.delete_delay};
}

}  // namespace

struct SnapshotRuns::Run {
  snapshot::SnapshotRequest request;
  snapshot::SnapshotOptions options;
  Audit::RunPtr audit;
  std::shared_ptr<schedule::PendingChanges> told;  // changes to compare a full scan with
  std::optional<Places> own;                       // must not lie below the scanned folder
  SilentWrites::Look look;
  std::vector<std::string> dismissed;
  base::SteadyNanos began{};

  // The results.
  SilentWrites::Seen silent;
  config::RootIdentity identity;
  index::Mounts mounts;
  SummaryPtr summary;

  // Runs in the background.
  Outcome take(base::FileSystem& filesystem, snapshot::Snapshotter& snapshotter,
               history::Repository& history, const std::string& data, const std::string& worktree,
               const std::optional<config::RootIdentity>& known);
};

SnapshotRuns::Outcome SnapshotRuns::Run::take(base::FileSystem& filesystem,
                                              snapshot::Snapshotter& snapshotter,
                                              history::Repository& history, const std::string& data,
                                              const std::string& worktree,
                                              const std::optional<config::RootIdentity>& known) {
  if (look) silent = look();
  request.marks.insert(request.marks.end(), silent.marks.begin(), silent.marks.end());
  VCS_TRY(check_data_folder(filesystem, data, history.directory()));
  // A bind mount made since may show a folder into which the agent itself writes.
  if (own) VCS_TRY(stay_apart(*own, filesystem, worktree));
  VCS_ASSIGN(GuardedRoot root, open_guarded_root(filesystem, worktree, known, history));
  identity = root.identity;
  for (const std::string& path : dismissed) history.remember_mounts({{path, std::nullopt}});
  mounts = history.mounts();
  VCS_ASSIGN(SnapshotOutcome outcome,
             snapshotter.take(std::move(root.directory), request, options));
  mounts = history.mounts();
  if (auto now = Summary::of(history)) summary = std::move(*now);
  return outcome;
}

SnapshotRuns::SnapshotRuns(Ground ground, Parts parts, SummaryPtr summary)
    : ground_(std::move(ground)),
      parts_(std::move(parts)),
      snapshotter_(std::make_shared<snapshot::Snapshotter>(*ground_.history, ground_.chunker,
                                                           agent_.clock, agent_.lanes, agent_.log)),
      scheduler_(
          agent_.loop, agent_.clock, settle_options(ground_.settings.watch),
          [this](snapshot::SnapshotRequest request, Done done) {
            run(std::move(request), std::move(done));
          },
          parts_.hooks.finished),
      summary_(std::move(summary)) {}

void SnapshotRuns::settings_changed() {
  assert(agent_.loop.here());
  scheduler_.set_options(settle_options(ground_.settings.watch));
}

void SnapshotRuns::take_synced(object::CommitKind kind, const std::string& message,
                               bool take_restless, Done done) {
  looks_for_silent_ = true;
  scheduler_.run_now(kind, message, std::move(done), take_restless);
}

void SnapshotRuns::look_at_everything_and_compare() {
  told_before_look_ = std::make_shared<schedule::PendingChanges>(schedule::SettleOptions{});
  for (const worktree::Mark& mark : scheduler_.waiting()) told_before_look_->add(mark, {});
  scheduler_.look_at({"", true});
}

snapshot::LaneLimits SnapshotRuns::lane_limits() const {
  const Workers& workers = agent_.workers;
  snapshot::LaneLimits limits;
  limits.most = workers.pinned ? workers.count : agent_.lanes.size();
  limits.start = std::min(workers.count, limits.most);
  limits.least = workers.pinned ? workers.count : 1;
  const auto readers = static_cast<std::size_t>(ground_.settings.core.readers);
  limits.readers = readers != 0 ? readers : watch::readers_of(parts_.watching.storage());
  limits.batch_files = static_cast<std::size_t>(ground_.settings.core.batch_files);
  return limits;
}

snapshot::SnapshotOptions SnapshotRuns::options(const Audit::RunPtr& audit) const {
  const config::Settings& settings = ground_.settings;
  snapshot::SnapshotOptions options;
  options.scan.ignore = ground_.ignore;
  options.scan.honor_gitignore = settings.watch.honor_gitignore;
  options.scan.max_file_size = settings.watch.max_file_size;
  options.scan.sweep = {agent_.clock.now(), agent_.began, geteuid()};
  options.ingest.level = static_cast<int>(settings.core.zstd_level);
  options.ingest.lanes = lane_limits();
  options.ingest.memory_limit = settings.core.memory_limit / 4;
  options.ingest.hash_provider = agent_.hash_provider;
  options.record_owner = agent_.privileged;
  options.device = ground_.description.device();
  options.unstable_interval = settings.watch.unstable_interval;
  if (!audit) return options;
  options.scan.cancel = options.ingest.cancel = &audit->cancelled;
  snapshot::LaneLimits& lanes = options.ingest.lanes;
  if (audit->makes_way) lanes.start = lanes.most = lanes.least = 1;
  return options;
}

void SnapshotRuns::run(snapshot::SnapshotRequest request, Done done) {
  assert(agent_.loop.here());
  parts_.hooks.begins();
  looked_at_ = request.marks;
  const auto run = std::make_shared<Run>();
  run->audit = parts_.hooks.starting_audit();
  if (worktree::covers_everything(request.marks))
    run->told = std::exchange(told_before_look_, nullptr);
  request.list_differences = run->audit || run->told || parts_.watching.polled_folders() > 0;
  // Only the agent's own folders: SyncScheduler::look_at_place() stops a remote that lies inside.
  if (looks_below(request.marks)) run->own = Places{agent_.places().own, {}, {}};
  if (std::exchange(looks_for_silent_, false)) run->look = parts_.silent_writes.look();
  run->request = std::move(request);
  run->options = options(run->audit);
  run->dismissed = parts_.mounts.take_dismissed();
  run->began = agent_.clock.steady();
  const bool makes_way = run->audit && run->audit->makes_way;
  ground_.folder.begin();
  ground_.context().errands.run(
      makes_way ? loop::Pool::audit : loop::Pool::compute,
      [run, &filesystem = agent_.filesystem, snapshotter = snapshotter_, history = ground_.history,
       data = ground_.context().data, worktree = ground_.description->worktree,
       known = ground_.description->root] {
        return run->take(filesystem, *snapshotter, *history, data, worktree, known);
      },
      [this, run, done = std::move(done)](Outcome outcome) {
        ended(*run, std::move(outcome), done);
      });
}

void SnapshotRuns::ended(Run& run, Outcome outcome, const Done& done) {
  assert(agent_.loop.here());
  if (run.audit && run.audit->cancelled && !outcome &&
      outcome.error().code == ErrorCode::cancelled) {
    outcome = Audit::given_up(*run.audit);
    outcome->unmounted = parts_.mounts.unmounted();
  }
  if (outcome && outcome->full) parts_.watching.full_look_took(agent_.clock.steady() - run.began);
  if (run.look) saw_silent_writes(std::move(run.silent), outcome.has_value());
  const auto& known = ground_.description->root;
  const bool replaced =
      outcome && parts_.watching.has_watcher() && known && !known->is(run.identity);
  if (outcome) ground_.description.remember_root(run.identity);
  if (outcome) parts_.mounts.saw(std::move(run.mounts));
  if (run.summary) summary_ = std::move(run.summary);
  done(outcome);
  if (replaced) parts_.hooks.folder_was_replaced();
  if (run.told && outcome) {
    std::erase_if(outcome->differing,
                  [&](const std::string& path) { return run.told->covers(path); });
    parts_.watching.watch_anew(outcome->differing);
  }
  parts_.hooks.ran(run.audit, outcome);
  ground_.folder.end();
}

// The marks of a failed snapshot go back to the scheduler.
void SnapshotRuns::saw_silent_writes(SilentWrites::Seen seen, bool looked) {
  assert(agent_.loop.here());
  for (const worktree::Mark& mark : seen.marks)
    looked ? looked_at_.push_back(mark) : scheduler_.look_at(mark);
  parts_.silent_writes.saw(std::move(seen));
}

}  // namespace vcs::agent::repository
