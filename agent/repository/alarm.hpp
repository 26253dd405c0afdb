// SPDX-License-Identifier: Apache-2.0
// The alarm of a watched repository: set when many files were deleted or encrypted within minutes,
// kept until a person takes it off.
#pragma once

#include <functional>
#include <memory>

#include "agent/repository/description.hpp"
#include "agent/repository/repository_context.hpp"
#include "agent/schedule/brake_window.hpp"
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

  // A snapshot has made a commit. What was before the agent's start is judged with the first one
  // after it, as one step.
  void committed(const snapshot::SnapshotOutcome& outcome);
  // Judges the commits of the last minutes, if enough has changed; `looked` then.
  void look(loop::EventLoop::Task looked);
  // What is being judged sets nothing any more.
  void stop() { ++acknowledged_; }

  bool is_set() const { return description_->brake.has_value(); }
  // Takes it off; no error where it is not set.
  void acknowledge(Description::Done done);

 private:
  void set(config::BrakeEntry brake);

  const RepositoryContext& context_;
  Description& description_;  // which says whether it is set
  const std::shared_ptr<history::Repository> history_;
  schedule::BrakeWindow window_;
  std::uint64_t acknowledged_ = 0;  // times; what was found before is of no interest any more
};

}  // namespace vcs::agent::repository
