// SPDX-License-Identifier: Apache-2.0
// Records when a repository was not watched, in a way that is known after any end of the agent, and
// shows a gap if files changed meanwhile.
//
// A commit proves that the agent watched at its time, and an orderly end is written down. In
// between, a file is written once an hour, which is the only cost while nothing happens.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "agent/loop/latest_write.hpp"
#include "agent/loop/timer.hpp"
#include "agent/records/watch_record.hpp"
#include "agent/repository/repository_context.hpp"
#include "core/snapshot/snapshotter.hpp"

namespace vcs::agent::repository {

// Loop thread only.
class WatchedTimes {
 public:
  // `record` as it was read; `proven`: the time of a commit, at which the agent watched.
  // `directory` is the repository's own folder.
  WatchedTimes(const RepositoryContext& context, std::shared_ptr<base::Directory> directory,
               const Result<records::WatchRecord>& record, base::UnixNanos proven);

  // The watches stand.
  void watching_begins();
  // Takes the outcome of a full scan, which shows whether files changed while nobody watched.
  void judge(const snapshot::SnapshotOutcome& outcome);
  // Watching has ended, for now.
  void watching_ends();
  void stop() { timer_.stop(); }

  // Of the last week, the newest first.
  std::vector<records::UnwatchedTime> gaps() const;

 private:
  void arm();
  void watched_until_now();

  const RepositoryContext& context_;
  records::WatchRecord record_;
  bool watches_ = false;  // and has since record_.until
  std::optional<records::UnwatchedTime>
      new_gap_;  // until a full scan shows whether files changed in it
  loop::LatestWrite<records::WatchRecord> file_;
  loop::Timer timer_{context_.agent.loop};
};

}  // namespace vcs::agent::repository
