// SPDX-License-Identifier: Apache-2.0
// The alarm of a watched repository: it rings when many files were deleted or encrypted within
// minutes, and stays set until a person clears it.
#pragma once

#include <functional>
#include <memory>

#include "agent/repository/description.hpp"
#include "agent/repository/repository_context.hpp"
#include "agent/schedule/alarm_window.hpp"
#include "core/snapshot/snapshotter.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::agent::repository {

// Loop thread only.
class Alarm {
 public:
  Alarm(const RepositoryContext& context, Description& description,
        std::shared_ptr<history::Repository> history);

  // Notes the commit of a snapshot. The first commit after the agent's start holds all changes from
  // before it, and is judged as one step.
  void committed(const snapshot::SnapshotOutcome& outcome);
  // Judges the commits of the last minutes if enough has changed, and then calls `looked`.
  void look(loop::EventLoop::Task looked);
  // A judgement that still runs does not set the alarm any more.
  void stop() { ++acknowledged_; }

  bool is_set() const { return description_->alarm.has_value(); }
  // Clears the alarm; no error if it is not set.
  void acknowledge(Description::Done done);

 private:
  void set(config::AlarmEntry alarm);

  const RepositoryContext& context_;
  Description& description_;  // stores the alarm
  const std::shared_ptr<history::Repository> history_;
  schedule::AlarmWindow window_;
  std::uint64_t acknowledged_ = 0;  // how often it was cleared; older judgements are dropped
};

}  // namespace vcs::agent::repository
