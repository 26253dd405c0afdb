// SPDX-License-Identifier: Apache-2.0
// When a repository was not watched: noted so that any end of the agent leaves it known, and told
// where files changed meanwhile.
//
// A commit proves that somebody watched, an orderly end says so; between them a file is written
// once an hour, which is all that this costs while nothing happens.
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
  // `record` as it was read; `proven`: somebody watched then, by a commit. `directory` is the
  // repository's own folder.
  WatchedTimes(const RepositoryContext& context, std::shared_ptr<base::Directory> directory,
               const Result<records::WatchRecord>& record, base::UnixNanos proven);

  // The watches stand.
  void watching_begins();
  // A look at everything shows whether files changed while nobody watched.
  void judge(const snapshot::SnapshotOutcome& outcome);
  // The end of it, for now.
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
      new_gap_;  // before the look that shows whether files changed in it
  loop::LatestWrite<records::WatchRecord> file_;
  loop::Timer timer_{context_.agent.loop};
};

}  // namespace vcs::agent::repository
