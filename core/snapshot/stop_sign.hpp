// SPDX-License-Identifier: Apache-2.0
// Why the lanes of an ingest stop before all is done: an error of one of them, or a person who
// cancelled.
#pragma once

#include <atomic>
#include <optional>

#include "core/base/guarded.hpp"
#include "core/base/result.hpp"

namespace vcs::snapshot {

// Thread-safe. It wakes nobody: whoever calls fail() rings for those that wait.
class StopSign {
 public:
  // Set from outside, by whoever cancels; may be null.
  explicit StopSign(const std::atomic<bool>* cancel) : cancel_(cancel) {}

  // Costs no lock, so it may be asked before each file.
  bool is_set() const {
    return failed_.load(std::memory_order_relaxed) ||
           (cancel_ != nullptr && cancel_->load(std::memory_order_relaxed));
  }
  // The first error is the one that is told.
  void fail(Error error) {
    const auto failure = failure_.lock();
    if (!*failure) *failure = std::move(error);
    failed_ = true;
  }
  // What the ingest says when all lanes have ended.
  Result<void> outcome() const {
    const auto failure = failure_.lock();
    if (*failure) return tl::unexpected(**failure);
    if (is_set()) return base::fail(ErrorCode::cancelled, "the snapshot was cancelled");
    return {};
  }

 private:
  const std::atomic<bool>* const cancel_;
  std::atomic<bool> failed_{false};
  base::Guarded<std::optional<Error>> failure_;
};

}  // namespace vcs::snapshot
