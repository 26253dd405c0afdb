// SPDX-License-Identifier: Apache-2.0
// Tells the lanes of an ingest to stop early, and keeps the reason: a lane's error, or a cancel.
#pragma once

#include <atomic>
#include <optional>

#include "core/base/guarded.hpp"
#include "core/base/result.hpp"

namespace vcs::snapshot {

// Thread-safe. It wakes nobody: the caller of fail() rings the bell for waiting lanes.
class StopSign {
 public:
  // `cancel` is set from outside; may be null.
  explicit StopSign(const std::atomic<bool>* cancel) : cancel_(cancel) {}

  // Takes no lock, so a lane may ask before each file.
  bool is_set() const {
    return failed_.load(std::memory_order_relaxed) ||
           (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed));
  }
  // Keeps the first error only.
  void fail(Error error) {
    const auto failure = failure_.lock();
    if (!*failure) *failure = std::move(error);
    failed_ = true;
  }
  // The result of the ingest after all lanes have ended.
  Result<void> outcome() const {
    const auto failure = failure_.lock();
    if (*failure) return tl::unexpected(**failure);
    if (is_set())
      return base::fail(
          ErrorCode::cancelled,
          "the snapshot was stopped before it was complete; a later one saves its changes");
    return {};
  }

 private:
  const std::atomic<bool>* const cancel_;
  std::atomic<bool> failed_{false};
  base::Guarded<std::optional<Error>> failure_;
};

}  // namespace vcs::snapshot
