// SPDX-License-Identifier: Apache-2.0
// Gives each part the parts that it uses and the callbacks that it calls.
#include "agent/repository/watched_parts.hpp"

#include "core/history/repository.hpp"

namespace vcs::agent::repository {

WatchedParts::WatchedParts(const Ground& ground, const OpenedParts& opened, Reactions given)
    : reactions(std::move(given)),
      history(ground.history),
      times(ground.context(), opened.directory, opened.watched,
            // A commit of this device proves that the repository was watched at its time.
            opened.summary->commit.device == ground.description.device()
                ? opened.summary->commit.time
                : base::UnixNanos{}),
      damage(ground.context(), opened.directory, opened.damage),
      packs(ground.context(), opened.directory, history),
      alarm(ground.context(), ground.description, history),
      after_saves(ground.context(), history,
                  [this, &settings = ground.settings](loop::EventLoop::Task judged) {
                    if (settings.core.alarm) alarm.look(std::move(judged));
                  }),
      mounts(ground.context(), history->mounts()),
      left_out(ground.context().agent.loop,
               [this](const worktree::Mark& mark) { snapshots.scheduler().look_at(mark); }),
      silent_writes(ground.context(),
                    [this](const std::vector<worktree::Mark>& found) {
                      if (!reactions.is_watching()) return;
                      for (const worktree::Mark& mark : found) snapshots.scheduler().look_at(mark);
                    }),
      watching(ground, watching_events()),
      snapshots(ground, {watching, mounts, silent_writes, snapshot_hooks()}, opened.summary),
      audit(audit_parts(ground.context())),
      sync(ground.context().agent, ground.description.file(), ground.context().data, history,
           ground.settings.sync, ground.description.device(),
           [&description = ground.description](const std::string& former, auto then) {
             description.take_new_device(former, std::move(then));
           }),
      maintenance(maintenance_parts(ground.context()), ground.settings.core) {}

Watching::Events WatchedParts::watching_events() {
  Watching::Events events;
  events.changed = reactions.changed;
  events.started = reactions.watching_started;
  events.settled = [this] {
    snapshots.scheduler().run_now(object::CommitKind::automatic, "", [](const auto&) {});
  };
  events.root_is_away = reactions.root_is_away;
  events.root_is_back = reactions.root_is_back;
  events.look_at_everything = [this] { snapshots.scheduler().look_at({"", true}); };
  events.may_poll = reactions.is_watching;
  events.no_watcher = reactions.watch_again;
  return events;
}

SnapshotRuns::Hooks WatchedParts::snapshot_hooks() {
  SnapshotRuns::Hooks hooks;
  hooks.begins = [this] { maintenance.activity(); };
  hooks.starting_audit = [this] { return audit.starting(); };
  hooks.finished = reactions.snapshot_finished;
  hooks.folder_was_replaced = reactions.watch_again;
  hooks.ran = [this](const Audit::RunPtr& run, const SnapshotRuns::Outcome& outcome) {
    audit.snapshot_ran(run, outcome);
  };
  return hooks;
}

Audit::Parts WatchedParts::audit_parts(const RepositoryContext& context) {
  return {.context = context,
          .snapshots = snapshots.scheduler(),
          .watching = watching,
          .problems = left_out.problems(),
          .due = [this] { packs.look_soon(); },
          .may_begin = reactions.is_watching};
}

schedule::Maintenance::Parts WatchedParts::maintenance_parts(const RepositoryContext& context) {
  return {context.agent.loop,
          context.agent.clock,
          context.agent.filesystem,
          context.agent.log,
          context.agent.hash_provider,
          std::shared_ptr<store::ObjectStore>(history, &history->store()),
          context.data,
          reactions.is_quiet,
          reactions.packs_were_merged};
}

}  // namespace vcs::agent::repository
