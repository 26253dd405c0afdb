// When the last commits together are worth a look for deletion or encryption of many files.
//
// One commit covers a few seconds, and such things may take minutes: the commits of the last ten
// minutes are judged as one. A look is asked for when enough has changed since the last one, so
// that ordinary saves never cost any. Pure: time is a parameter. Loop thread only.
#pragma once

#include <deque>
#include <optional>

#include "core/base/clock.hpp"
#include "core/object/commit.hpp"

namespace vcs::agent::schedule {

class BrakeWindow {
 public:
  static constexpr base::Nanos kLength = std::chrono::minutes(10);

  // A commit was made on `parent`.
  void add(const object::ObjectId& parent, const object::ChangeCounts& changed,
           base::SteadyNanos now);
  // The commit to compare the head with, if a look is due, which then counts as taken.
  std::optional<object::ObjectId> take_due();
  // While the brake is set, everything is compared with this commit, however long it takes.
  void pin(const object::ObjectId& commit) { pinned_ = commit; }
  // What has been so far is accepted.
  void reset();

 private:
  struct Step {
    object::ObjectId parent;
    std::uint64_t changes;
    base::SteadyNanos time;
  };
  std::deque<Step> steps_;
  std::optional<object::ObjectId> pinned_;
  std::uint64_t changes_ = 0;   // of all steps
  std::uint64_t examined_ = 0;  // of them, at the last look
};

}  // namespace vcs::agent::schedule
