// SPDX-License-Identifier: Apache-2.0
// The whole machine is one timer and one flag.
#include "agent/schedule/snapshot_scheduler.hpp"

#include <algorithm>

#include "core/base/lack.hpp"

namespace vcs::agent::schedule {
namespace {

constexpr base::Nanos kFirstRetry = std::chrono::seconds(1);
constexpr base::Nanos kLongestRetry = std::chrono::minutes(1);
// The longest pause while descriptors or memory are lacking, so that it ends soon after the lack.
constexpr base::Nanos kLongestLack = std::chrono::seconds(8);
// A file that vanished or was replaced during its scan is scanned again after this time.
constexpr base::Nanos kRetryDelay = std::chrono::seconds(5);

}  // namespace

SnapshotScheduler::SnapshotScheduler(loop::EventLoop& loop, const base::Clock& clock,
                                     const SettleOptions& options, Runner runner, Done on_finished)
    : clock_(clock),
      runner_(std::move(runner)),
      on_finished_(std::move(on_finished)),
      pending_(options),
      timer_(loop) {}

void SnapshotScheduler::set_options(const SettleOptions& options) {
  pending_.set_options(options);
  arm();
}

void SnapshotScheduler::changed(const watch::Change& change) {
  pending_.add(change, clock_.steady());
  arm();
}

void SnapshotScheduler::look_at(const worktree::Mark& mark, base::Nanos delay) {
  pending_.add(mark, clock_.steady() + delay);
  arm();
}

void SnapshotScheduler::run_now(object::CommitKind kind, std::string message, Done done,
                                bool take_restless) {
  if (paused_) return done(tl::unexpected(*paused_));
  commands_.push_back({kind, std::move(message), std::move(done), take_restless});
  if (!running_) start();
}

void SnapshotScheduler::pause(base::Error reason) {
  paused_ = std::move(reason);
  std::deque<Command> waiting;
  waiting.swap(commands_);
  for (Command& command : waiting) command.done(tl::unexpected(*paused_));
  timer_.stop();
}

void SnapshotScheduler::resume() {
  paused_.reset();
  arm();
}

// After a failure a snapshot is always due, to find whether the trouble is over.
std::optional<base::SteadyNanos> SnapshotScheduler::due() const {
  const auto due = pending_.due();
  if (due) return std::max(*due, not_before_);
  return trouble_ ? std::optional(not_before_) : std::nullopt;
}

// Sets the one timer to the time when the next snapshot is due.
void SnapshotScheduler::arm() {
  timer_.stop();
  if (paused_ || running_) return;
  const auto next = due();
  if (!next) return;
  timer_.start(std::max(*next - clock_.steady(), base::Nanos(0)), [this] {
    const auto now_due = due();
    if (now_due && *now_due <= clock_.steady())
      start();
    else
      arm();
  });
}

void SnapshotScheduler::start() {
  snapshot::SnapshotRequest request;
  std::vector<Command> served;
  // A manual commit has a message of its own; automatic commands may join it.
  while (!commands_.empty()) {
    const bool manual = commands_.front().kind == object::CommitKind::manual;
    if (manual && request.kind == object::CommitKind::manual) break;
    if (manual) {
      request.kind = object::CommitKind::manual;
      request.message = commands_.front().message;
    }
    request.take_restless |= commands_.front().take_restless;
    served.push_back(std::move(commands_.front()));
    commands_.pop_front();
  }
  request.marks = pending_.take_all();
  running_ = true;
  timer_.stop();
  std::vector<worktree::Mark> marks = request.marks;
  runner_(std::move(request), [this, marks = std::move(marks),
                               served = std::move(served)](const Outcome& result) mutable {
    finished(std::move(marks), std::move(served), result);
  });
}

void SnapshotScheduler::finished(std::vector<worktree::Mark> marks, std::vector<Command> served,
                                 const Outcome& result) {
  running_ = false;
  const base::SteadyNanos now = clock_.steady();
  if (result) {
    trouble_.reset();
    backoff_ = {};
    not_before_ = {};
    for (const worktree::Mark& mark : result->retry) pending_.add(mark, now + kRetryDelay);
    for (const snapshot::RestlessFile& file : result->restless)
      pending_.add(file.mark(), now + file.after);
  } else {
    trouble_ = result.error();
    backoff_ = std::clamp(backoff_ * 2, kFirstRetry,
                          base::is_lack(result.error()) ? kLongestLack : kLongestRetry);
    not_before_ = now + backoff_;
    for (const worktree::Mark& mark : marks) pending_.add(mark, not_before_);
  }
  // on_finished_ first: it updates the state, which the callers of `done` read at once.
  on_finished_(result);
  for (Command& command : served) command.done(result);
  if (running_) return;
  if (!commands_.empty() && !paused_)
    start();
  else
    arm();
}

}  // namespace vcs::agent::schedule
