// SPDX-License-Identifier: Apache-2.0
// Keeps a record in memory, its file, and one gap that is not judged yet.
#include "agent/repository/watched_times.hpp"

#include <algorithm>
#include <cassert>

namespace vcs::agent::repository {
namespace {

using snapshot::SnapshotOutcome;

constexpr base::Nanos kInterval = std::chrono::hours(1);
constexpr base::Nanos kShownFor = std::chrono::hours(24 * 7);

bool changed_anything(const SnapshotOutcome& outcome) {
  const object::ChangeCounts& changed = outcome.commit.changed;
  return outcome.created && changed.added + changed.modified + changed.deleted != 0;
}

}  // namespace

WatchedTimes::WatchedTimes(const RepositoryContext& context,
                           std::shared_ptr<base::Directory> directory,
                           const Result<records::WatchRecord>& record, base::UnixNanos proven)
    : context_(context),
      record_(record.value_or(records::WatchRecord{})),
      // A failed write only makes the next gap appear longer.
      file_(
          context.errands,
          [directory = std::move(directory)](const records::WatchRecord& newest) {
            return records::write_watch_record(*directory, newest);
          },
          [this](const Result<void>& written) {
            if (!written)
              context_.agent.log.debug("{}: {}: {}", context_.file.name, records::kWatchedName,
                                       written.error().message);
          }) {
  if (!record)
    context_.warn("problem",
                  fmt::format("{}/{}: {}; a new record begins, and earlier gaps are not known",
                              context_.data, records::kWatchedName, record.error().message));
  if (record_.until != base::UnixNanos{}) record_.until = std::max(record_.until, proven);
  // The clock may have been set back.
  record_.until = std::min(record_.until, context_.agent.clock.now());
  arm();
}

void WatchedTimes::watching_begins() {
  assert(context_.agent.loop.here());
  const base::UnixNanos now = context_.agent.clock.now();
  if (!std::exchange(watches_, true) && record_.until != base::UnixNanos{} && record_.until < now &&
      !new_gap_)
    new_gap_ = records::UnwatchedTime{record_.until, now};
}

// The record on disk stays until the first full scan: after a kill the next agent judges the gap.
void WatchedTimes::judge(const SnapshotOutcome& outcome) {
  assert(context_.agent.loop.here());
  if (!watches_) return;
  const bool first = new_gap_ || record_.until == base::UnixNanos{};
  if (new_gap_ && changed_anything(outcome)) record_.add(*new_gap_);
  new_gap_.reset();
  if (!first) return;
  record_.until = context_.agent.clock.now();
  file_.write(record_);
}

void WatchedTimes::watching_ends() {
  assert(context_.agent.loop.here());
  if (std::exchange(watches_, false)) watched_until_now();
}

void WatchedTimes::watched_until_now() {
  if (new_gap_ || record_.until == base::UnixNanos{}) return;
  record_.until = std::max(record_.until, context_.agent.clock.now());
  file_.write(record_);
}

void WatchedTimes::arm() {
  timer_.start(kInterval, [this] {
    arm();
    if (watches_) watched_until_now();
  });
}

std::vector<records::UnwatchedTime> WatchedTimes::gaps() const {
  std::vector<records::UnwatchedTime> shown;
  const base::UnixNanos now = context_.agent.clock.now();
  for (const records::UnwatchedTime& gap : record_.gaps)
    if (now - gap.to <= kShownFor) shown.push_back(gap);
  std::reverse(shown.begin(), shown.end());
  return shown;
}

}  // namespace vcs::agent::repository
