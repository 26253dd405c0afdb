// SPDX-License-Identifier: Apache-2.0
// Decides when the last commits are to be compared, to find the deletion or encryption of many
// files (the alarm).
//
// One commit covers a few seconds, but a deletion or encryption may take minutes: the commits of
// the last ten minutes are judged as one. A comparison is due only when enough has changed since
// the last one, so ordinary saves never cost one. Pure: time is a parameter. Loop thread only.
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/clock.hpp"
#include "core/object/commit.hpp"

namespace vcs::agent::schedule {

class AlarmWindow {
 public:
  static constexpr base::Nanos kLength = std::chrono::minutes(10);

  // Two commits to be compared.
  struct Look {
    object::ObjectId before, after;
    bool operator==(const Look&) const = default;
  };

  // `commit` was made on `parent`.
  void add(const object::ObjectId& parent, const object::ObjectId& commit,
           const object::ChangeCounts& changed, base::SteadyNanos now);
  // Takes the comparisons that are due, oldest first; those with the same first commit are one.
  std::vector<Look> take_due() { return std::exchange(due_, {}); }
  // While the alarm is set, everything is compared with this commit, however old it is.
  void pin(const object::ObjectId& commit) { pinned_ = commit; }
  // A person accepts all changes until now.
  void reset() { *this = AlarmWindow(); }

 private:
  struct Step {
    object::ObjectId parent;
    std::uint64_t changes;
    base::SteadyNanos time;
  };
  void start_anew();

  std::deque<Step> steps_;
  std::optional<object::ObjectId> pinned_;
  std::uint64_t changes_ = 0;   // of all steps
  std::uint64_t examined_ = 0;  // changes_ at the last comparison
  std::vector<Look> due_;
};

}  // namespace vcs::agent::schedule
