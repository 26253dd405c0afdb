// SPDX-License-Identifier: Apache-2.0
// Finds the total of the work, for the progress bar. It reports the total once: from the walk when
// that has found everything, or from a second scan if the work takes long before that.
#pragma once

#include <atomic>

#include "core/snapshot/ingest_types.hpp"
#include "core/snapshot/stop_sign.hpp"

namespace vcs::snapshot {

// Thread-safe, without a lock.
class Survey {
 public:
  using Look = std::function<Result<std::unique_ptr<worktree::TreeScan>>()>;

  // `look` starts the second scan; empty: there is none. The work begins with this call.
  Survey(const Look& look, const base::Clock& clock, const StopSign& stop, IngestProgress& progress)
      : look_(look), clock_(clock), stop_(stop), progress_(progress), began_(clock.steady()) {}

  // The walk has found everything: so many files and bytes. Reports them unless the second scan has
  // begun.
  void found_all(std::uint64_t files, std::uint64_t bytes);
  // Runs the second scan on this thread if it is due; it takes about as long as the walk. False:
  // it is not due, or was run. Its failure is no error: then the totals are what it has seen.
  bool take_if_due();

  // Work that is still going on after this long is worth counting.
  static constexpr base::Nanos kAfter = std::chrono::seconds(2);

 private:
  void count();
  void tell(std::uint64_t files, std::uint64_t bytes);

  const Look& look_;
  const base::Clock& clock_;
  const StopSign& stop_;
  IngestProgress& progress_;
  const base::SteadyNanos began_;
  std::atomic<bool> is_settled_{false};  // a thread has reported the totals, or is about to
};

}  // namespace vcs::snapshot
