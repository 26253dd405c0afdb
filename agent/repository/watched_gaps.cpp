// SPDX-License-Identifier: Apache-2.0
// When a repository was not watched: noted so that any end of the agent leaves it known, and told
// where files changed meanwhile.
//
// A commit proves that somebody watched, an orderly end says so; between them a file is written
// once an hour, which is all that this costs while nothing happens.
#include <algorithm>

#include "agent/repository/watched_repository.hpp"
#include "agent/repository/watched_summary.hpp"

namespace vcs::agent::repository {
namespace {

using base::Result;
using snapshot::SnapshotOutcome;

constexpr base::Nanos kInterval = std::chrono::hours(1);
constexpr base::Nanos kShownFor = std::chrono::hours(24 * 7);

bool changed_anything(const SnapshotOutcome& outcome) {
  const object::ChangeCounts& changed = outcome.commit.changed;
  return outcome.created && changed.added + changed.modified + changed.deleted != 0;
}

}  // namespace

void WatchedRepository::recall_watching(const Result<WatchRecord>& record) {
  if (!record) {
    const std::string text = fmt::format(
        "{}/{}: {}; it begins anew, and when nobody watched before "
        "is not known",
        data_, kWatchedName, record.error().message);
    context_.log.warning("{}: {}", file_.name, text);
    context_.announce(file_.name, "problem", text, "");
  }
  watch_record_ = record.value_or(WatchRecord{});
  const object::Commit& head = summary_->commit;
  const base::UnixNanos now = context_.clock.now();
  if (watch_record_.until != 0 && head.device == device())
    watch_record_.until = std::max(watch_record_.until, head.time);
  // The clock may have been put back.
  watch_record_.until = std::min(watch_record_.until, now);
}

void WatchedRepository::watching_begins() {
  const base::UnixNanos now = context_.clock.now();
  if (!std::exchange(saw_until_now_, true) && watch_record_.until != 0 &&
      watch_record_.until < now && !new_gap_)
    new_gap_ = UnwatchedTime{watch_record_.until, now};
}

// The first look at everything shows whether files changed while nobody watched. Until then the
// record stays as it was: who is killed now asks again.
void WatchedRepository::judge_gap(const SnapshotOutcome& outcome) {
  if (!saw_until_now_) return;
  const bool first = new_gap_ || watch_record_.until == 0;
  if (new_gap_ && changed_anything(outcome)) watch_record_.add(*new_gap_);
  new_gap_.reset();
  if (!first) return;
  watch_record_.until = context_.clock.now();
  write_watch_record();
}

// The end of it, for now.
void WatchedRepository::watched_until_now() {
  if (!std::exchange(saw_until_now_, false)) return;
  if (new_gap_ || watch_record_.until == 0) return;
  watch_record_.until = std::max(watch_record_.until, context_.clock.now());
  write_watch_record();
}

void WatchedRepository::arm_watch_record() {
  watch_record_timer_.start(kInterval, [this] {
    arm_watch_record();
    if (!saw_until_now_ || new_gap_ || watch_record_.until == 0) return;
    watch_record_.until = std::max(watch_record_.until, context_.clock.now());
    write_watch_record();
  });
}

// One write at a time, and the last one last. An error costs nothing but a longer time of which
// nothing is known.
void WatchedRepository::write_watch_record() {
  if (!directory_) return;
  write_record_again_ = writing_record_;
  if (std::exchange(writing_record_, true)) return;
  auto self = shared_from_this();
  auto result = std::make_shared<Result<void>>();
  ++in_background_;
  context_.loop.run_in_background(
      loop::Pool::query,
      [result, directory = directory_, record = watch_record_] {
        *result = repository::write_watch_record(*directory, record);
      },
      [this, self, result] {
        --in_background_;
        writing_record_ = false;
        if (!*result)
          context_.log.debug("{}: {}: {}", file_.name, kWatchedName, result->error().message);
        if (std::exchange(write_record_again_, false)) write_watch_record();
        finish_close();
      });
}

std::vector<ipc::UnwatchedTime> WatchedRepository::unwatched() const {
  std::vector<ipc::UnwatchedTime> shown;
  const base::UnixNanos now = context_.clock.now();
  for (const UnwatchedTime& gap : watch_record_.gaps)
    if (now - gap.to <= kShownFor.count()) shown.push_back({gap.from, gap.to});
  std::reverse(shown.begin(), shown.end());
  return shown;
}

}  // namespace vcs::agent::repository
