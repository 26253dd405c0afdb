// SPDX-License-Identifier: Apache-2.0
// How much there is to do in all, for the bar on the screen. Told once: by the walk, when it has
// found everything, or by a second look at the tree, when the work takes long before that.
#pragma once

#include <atomic>

#include "core/snapshot/ingest_types.hpp"
#include "core/snapshot/stop_sign.hpp"

namespace vcs::snapshot {

// Thread-safe, without a lock.
class Survey {
 public:
  using Look = std::function<Result<std::unique_ptr<worktree::TreeScan>>()>;

  // `look` starts the second look; empty: there is none. It began when this was made.
  Survey(const Look& look, const base::Clock& clock, const StopSign& stop, IngestProgress& progress)
      : look_(look), clock_(clock), stop_(stop), progress_(progress), began_(clock.steady()) {}

  // The walk has found so much, and there is no more. Told unless a second look has begun.
  void found_all(std::uint64_t files, std::uint64_t bytes);
  // Takes the second look when it is due, on this thread, in about the time of a walk. False: it is
  // not due, or was taken. That it fails is no error: the totals are then what it has seen.
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
  std::atomic<bool> is_settled_{false};  // somebody has told the totals, or is about to
};

}  // namespace vcs::snapshot
