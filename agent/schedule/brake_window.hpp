// SPDX-License-Identifier: Apache-2.0
// When the last commits together are worth a look for deletion or encryption of many files.
//
// One commit covers a few seconds, and such things may take minutes: the commits of the last ten
// minutes are judged as one. A look is asked for when enough has changed since the last one, so
// that ordinary saves never cost any. Pure: time is a parameter. Loop thread only.
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/clock.hpp"
#include "core/object/commit.hpp"

namespace vcs::agent::schedule {

class BrakeWindow {
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
  // The looks that are due, oldest first; those that begin with the same commit are one.
  std::vector<Look> take_due() { return std::exchange(due_, {}); }
  // While the brake is set, everything is compared with this commit, however long it takes.
  void pin(const object::ObjectId& commit) { pinned_ = commit; }
  // What has been so far is accepted.
  void reset() { *this = BrakeWindow(); }

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
  std::uint64_t examined_ = 0;  // of them, at the last look
  std::vector<Look> due_;
};

}  // namespace vcs::agent::schedule
