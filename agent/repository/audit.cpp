// SPDX-License-Identifier: Apache-2.0
// An audit is a proof, a snapshot, and a proof again; a change that is left then had no event.
#include "agent/repository/audit.hpp"

#include <algorithm>
#include <cassert>
#include <set>

#include "core/object/tree_paths.hpp"

namespace vcs::agent::repository {
namespace {

constexpr unsigned kMostAttempts = 3;
constexpr base::Nanos kPause = std::chrono::minutes(1);

std::string missed_text(std::size_t changes) {
  return fmt::format("{} change{} the watcher had missed", changes, changes == 1 ? "" : "s");
}

// An event reports only one name of a file. Returns all names of each file with a reported name.
std::set<std::string> told_by_other_names(const Audit::Run& run) {
  std::set<std::string> told;
  for (const std::vector<std::string>& names : run.same_files)
    if (std::any_of(names.begin(), names.end(),
                    [&](const std::string& name) { return run.told.covers(name); }))
      told.insert(names.begin(), names.end());
  return told;
}

bool is_problem(const schedule::ProblemFiles& problems, const std::string& path) {
  const auto& all = problems.all();
  return std::any_of(all.begin(), all.end(), [&](const auto& known) {
    return !known.second.is_kept && object::is_at_or_below(path, known.first);
  });
}

}  // namespace

void Audit::begin_every(base::Nanos interval) {
  assert(parts_.context.agent.loop.here());
  interval_ = interval;
  arm(interval);
}

void Audit::arm(base::Nanos delay) {
  timer_.stop();
  if (interval_.count() == 0) return;
  timer_.start(std::min(delay, interval_), [this] { begin(); });
}

void Audit::begin() {
  assert(parts_.context.agent.loop.here());
  parts_.due();
  // Polled folders are scanned often enough, and no event is expected from them.
  if (run_ || !parts_.may_begin() || parts_.watching.polls()) return arm(interval_);
  bool& auditing = parts_.context.agent.auditing;
  if (auditing) return arm(kPause);
  auditing = true;
  run_ = std::make_shared<Run>();
  // First, all events from before the audit must come.
  parts_.watching.await_events([this, run = run_](bool) {
    if (run_ != run) return;
    run_->state = Run::State::proven;
    start_if_ready();
  });
}

// Starts the snapshot of the audit as soon as no other snapshot runs.
void Audit::start_if_ready() {
  schedule::SnapshotScheduler& snapshots = parts_.snapshots;
  if (!run_ || run_->state != Run::State::proven || snapshots.running()) return;
  run_->waiting = snapshots.waiting();
  for (const worktree::Mark& mark : run_->waiting) run_->told.add(mark, {});
  run_->makes_way = ++attempts_ < kMostAttempts;
  run_->state = Run::State::ready;
  snapshots.look_at({"", true});
  snapshots.run_now(object::CommitKind::automatic, "", [](const auto&) {});
}

snapshot::SnapshotOutcome Audit::given_up(const Run& run) {
  snapshot::SnapshotOutcome outcome;
  outcome.retry = run.waiting;
  return outcome;
}

Audit::RunPtr Audit::starting() {
  assert(parts_.context.agent.loop.here());
  if (!run_ || run_->state != Run::State::ready) return nullptr;
  run_->state = Run::State::running;
  return run_;
}

void Audit::make_way() {
  assert(parts_.context.agent.loop.here());
  if (run_ && run_->state == Run::State::running && run_->makes_way) run_->cancelled = true;
}

void Audit::hears(const watch::Change& change) {
  assert(parts_.context.agent.loop.here());
  if (!run_) return;
  run_->told.add(change, {});
  // An ignore file changes what is ignored in its folder and below.
  if (change.path.ends_with(".vcsignore") || change.path.ends_with(".gitignore"))
    run_->told.add(worktree::Mark{std::string(object::parent_path(change.path)), true}, {});
}

void Audit::snapshot_ran(const RunPtr& run, const Outcome& outcome) {
  assert(parts_.context.agent.loop.here());
  if (!run) return start_if_ready();
  if (run_ != run) return;
  if (!outcome || !outcome->full) return drop();
  run->found = outcome->differing;
  run->same_files = outcome->same_files;
  // The audit may have seen a change before its event came: wait for the events.
  parts_.watching.await_events([this, run](bool) {
    if (run_ == run) judge();
  });
}

void Audit::judge() {
  const std::set<std::string> told = told_by_other_names(*run_);
  std::vector<std::string>& found = run_->found;
  std::erase_if(found, [&](const std::string& path) {
    return run_->told.covers(path) || told.contains(path) || is_problem(parts_.problems, path);
  });
  drift_ += found.size();
  last_ = parts_.context.agent.clock.now();
  attempts_ = 0;
  const std::string text = missed_text(found.size());
  if (!found.empty())
    parts_.context.agent.log.warning("{}: the check found {}, {} among them",
                                     parts_.context.file.name, text, found.front());
  parts_.watching.watch_anew(found);
  parts_.context.agent.announce(parts_.context.file.name, "audit", text, "");
  end(interval_);
}

void Audit::drop() {
  if (run_) end(kPause);
}

void Audit::end(base::Nanos next) {
  give_up();
  arm(next);
}

void Audit::stop() {
  assert(parts_.context.agent.loop.here());
  timer_.stop();
  give_up();
}

void Audit::give_up() {
  if (!run_) return;
  run_->cancelled = true;
  run_ = nullptr;
  parts_.context.agent.auditing = false;
}

}  // namespace vcs::agent::repository
