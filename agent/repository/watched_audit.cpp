// SPDX-License-Identifier: Apache-2.0
// Audits of a watched repository: now and then everything on disk is compared with the index, at
// low priority, and what differs although no event told of it is counted as drift.
//
// An audit is a snapshot of everything like any other, so what it finds is captured. It makes way
// for saves; where they come all the time, the third attempt does not.
#include <algorithm>

#include "agent/repository/watched_audit.hpp"
#include "core/object/tree_paths.hpp"
#include "core/tree/tree.hpp"

namespace vcs::agent::repository {
namespace {

using base::Result;
using snapshot::SnapshotOutcome;

constexpr unsigned kMostAttempts = 3;
// Folders that are walked one by one; where there are more, everything is.
constexpr std::size_t kMostWatchedAnew = 64;

std::string missed_text(std::size_t changes) {
  return fmt::format("{} change{} the watcher had missed", changes, changes == 1 ? "" : "s");
}

}  // namespace

void WatchedRepository::arm_audit(base::Nanos delay) {
  audit_timer_.stop();
  if (settings_.watch.audit_interval.count() == 0) return;
  audit_timer_.start(std::min(delay, settings_.watch.audit_interval), [this] { begin_audit(); });
}

void WatchedRepository::arm_audit() {
  arm_audit(settings_.watch.audit_interval);
}

void WatchedRepository::begin_audit() {
  if (repository_) arm_pack_check();
  // Folders that are polled are looked at often enough, and no event is expected of them.
  if (audit_ || state_ != State::watching || !watcher_ || watcher_->usage().polled_folders > 0)
    return arm_audit();
  if (context_.auditing) return arm_audit(std::chrono::minutes(1));
  context_.auditing = true;
  audit_ = std::make_shared<Audit>();
  // What happened before is to be told first.
  sync_point_.wait(*watcher_, [this, self = shared_from_this(), audit = audit_](bool) {
    if (audit_ != audit) return;
    audit_->state = Audit::State::proven;
    run_audit();
  });
}

// As soon as no snapshot runs.
void WatchedRepository::run_audit() {
  if (!audit_ || audit_->state != Audit::State::proven || scheduler_->running()) return;
  schedule::PendingChanges waiting = scheduler_->waiting();
  audit_->waiting = waiting.take_all();
  for (const worktree::Mark& mark : audit_->waiting) audit_->told.add(mark, 0);
  audit_->makes_way = ++audit_attempts_ < kMostAttempts;
  audit_->state = Audit::State::ready;
  scheduler_->look_at({"", true});
  scheduler_->run_now(object::CommitKind::automatic, "", [](const auto&) {});
}

// The snapshot that starts now, if it is the audit's.
std::shared_ptr<WatchedRepository::Audit> WatchedRepository::starting_audit() {
  if (!audit_ || audit_->state != Audit::State::ready) return nullptr;
  audit_->state = Audit::State::running;
  return audit_;
}

void WatchedRepository::make_way() {
  if (audit_ && audit_->state == Audit::State::running && audit_->makes_way)
    audit_->cancelled = true;
}

void WatchedRepository::audit_hears(const watch::Change& change) {
  if (!audit_) return;
  audit_->told.add(change, 0);
  // What is ignored may have changed with it, for everything beside and below.
  if (change.path.ends_with(".vcsignore") || change.path.ends_with(".gitignore"))
    audit_->told.add(worktree::Mark{std::string(object::parent_path(change.path)), true}, 0);
}

// In place of the outcome of an audit that had to make way: what waited is still to be done.
Result<SnapshotOutcome> WatchedRepository::given_up(const Audit& audit,
                                                    const std::vector<std::string>& unmounted) {
  SnapshotOutcome outcome;
  outcome.unmounted = unmounted;
  outcome.retry = audit.waiting;
  return outcome;
}

void WatchedRepository::audit_ran(const std::shared_ptr<Audit>& audit,
                                  const Result<SnapshotOutcome>& outcome) {
  if (audit_ != audit) return;
  if (!outcome || !outcome->full) return drop_audit();
  audit->found = outcome->differing;
  audit->same_files = outcome->same_files;
  // Events of changes that it was quicker than are on their way.
  sync_point_.wait(*watcher_, [this, self = shared_from_this(), audit](bool) {
    if (audit_ == audit) judge_audit();
  });
}

void WatchedRepository::judge_audit() {
  const auto is_problem = [this](const std::string& path) {
    const auto& all = problems_.all();
    return std::any_of(all.begin(), all.end(), [&](const auto& known) {
      return !known.second.is_kept && object::is_at_or_below(path, known.first);
    });
  };
  // An event tells only one name of a file.
  std::set<std::string> told;
  for (const std::vector<std::string>& names : audit_->same_files)
    if (std::any_of(names.begin(), names.end(),
                    [this](const std::string& name) { return audit_->told.covers(name); }))
      told.insert(names.begin(), names.end());
  std::vector<std::string>& found = audit_->found;
  std::erase_if(found, [&](const std::string& path) {
    return audit_->told.covers(path) || told.contains(path) || is_problem(path);
  });
  drift_ += found.size();
  last_audit_ = context_.clock.now();
  audit_attempts_ = 0;
  if (!found.empty())
    context_.log.warning("{}: the check found {}, {} among them", file_.name,
                         missed_text(found.size()), found.front());
  watch_anew(found);
  context_.announce(file_.name, "audit", missed_text(found.size()), "");
  drop_audit(settings_.watch.audit_interval);
}

// A look found what no event had told: where that is, a watch may be missing or stand for another
// folder. Where all is well it costs a walk of those folders.
void WatchedRepository::watch_anew(const std::vector<std::string>& missed) {
  if (!watcher_ || watcher_->usage().polled_folders > 0) return;
  std::set<std::string> folders;
  for (const std::string& path : missed) {
    folders.emplace(object::parent_path(path));
    if (folders.size() > kMostWatchedAnew) return watcher_->refresh("");
  }
  for (const std::string& folder : folders) watcher_->refresh(folder);
}

void WatchedRepository::drop_audit(base::Nanos next) {
  if (!audit_) return;
  audit_->cancelled = true;
  audit_ = nullptr;
  context_.auditing = false;
  if (state_ != State::closed) arm_audit(next);
}

}  // namespace vcs::agent::repository
