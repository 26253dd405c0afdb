// SPDX-License-Identifier: Apache-2.0
// Reports the entries and the progress of a restore to its observer, and adds up the result.
#pragma once

#include <string>
#include <utility>

#include "core/base/guarded.hpp"
#include "core/restore/restore_types.hpp"

namespace vcs::restore {

struct RestoreOutcome {
  RestoreAction action = RestoreAction::create;
  std::string detail;  // the reason, for refused and failed
  // Refused only because the history lacks the standing entry: tried again after the next save.
  bool postponed = false;
  bool metadata = false;     // unchanged: mode, owner, time or attributes differ, or were set
  std::string missing = {};  // a list of those that could not be set
};
inline RestoreOutcome refused(std::string why) {
  return {RestoreAction::refused, std::move(why)};
}

// Thread-safe: the lanes of a restore share one, and it serialises the observer's calls.
class RestoreReport {
 public:
  RestoreReport(const RestoreObserver& observer, const tree::TreeTotals& totals);

  void entry(const std::string& path, const RestoreOutcome& outcome, bool is_file);
  // Counts content that was compared or written.
  void bytes_done(std::uint64_t count, bool written);
  // A part of the tree cannot be read: so many entries are missing from `first_path` on.
  void unreadable(const std::string& first_path, std::uint64_t entries, const std::string& detail);

  // Makes the last progress call and returns the sums.
  RestoreResult finish();

 private:
  void tell(const std::string& path, const RestoreOutcome& outcome) VCS_REQUIRES(mutex_);
  void count(RestoreAction action, std::uint64_t entries) VCS_REQUIRES(mutex_);
  void tell_progress_now_and_then() VCS_REQUIRES(mutex_);

  const RestoreObserver& observer_;
  base::Mutex mutex_;
  RestoreResult result_ VCS_GUARDED_BY(mutex_);
  RestoreProgress progress_ VCS_GUARDED_BY(mutex_);
  // When progress was told last.
  std::uint64_t told_files_ VCS_GUARDED_BY(mutex_) = 0, told_bytes_ VCS_GUARDED_BY(mutex_) = 0;
};

}  // namespace vcs::restore
