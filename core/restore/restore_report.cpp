// SPDX-License-Identifier: Apache-2.0
// Calls the observer and adds up the result.
#include "core/restore/restore_report.hpp"

#include <algorithm>

namespace vcs::restore {

namespace {

// There is no clock here, so the work done decides when to call: once for each share of the whole,
// but not for less work than takes a fraction of a second.
constexpr std::uint64_t kShares = 64;
constexpr std::uint64_t kLeastFiles = 256;
constexpr std::uint64_t kLeastBytes = 32u << 20;

}  // namespace

RestoreReport::RestoreReport(const RestoreObserver& observer, const tree::TreeTotals& totals)
    : observer_(observer) {
  progress_.files_total = totals.files;
  progress_.bytes_total = totals.bytes;
}

void RestoreReport::entry(const std::string& path, const RestoreOutcome& outcome, bool is_file) {
  const base::Lock lock(mutex_);
  count(outcome.action, 1);
  if (outcome.metadata) ++result_.metadata;
  if (!outcome.missing.empty()) ++result_.incomplete;
  tell(path, outcome);
  if (!is_file) return;
  ++progress_.files_done;
  tell_progress_now_and_then();
}

void RestoreReport::tell(const std::string& path, const RestoreOutcome& outcome) {
  if (!observer_.entry) return;
  if (!outcome.missing.empty())
    observer_.entry(path, RestoreAction::incomplete, "without its " + outcome.missing);
  else if (outcome.action != RestoreAction::unchanged)
    observer_.entry(path, outcome.action, outcome.detail);
  else if (outcome.metadata)
    observer_.entry(path, RestoreAction::metadata, outcome.detail);
}

void RestoreReport::bytes_done(std::uint64_t count, bool written) {
  const base::Lock lock(mutex_);
  progress_.bytes_done += count;
  if (written) result_.bytes += count;
  tell_progress_now_and_then();
}

void RestoreReport::unreadable(const std::string& first_path, std::uint64_t entries,
                               const std::string& detail) {
  const base::Lock lock(mutex_);
  count(RestoreAction::failed, entries);
  if (observer_.entry) observer_.entry(first_path, RestoreAction::failed, detail);
}

RestoreResult RestoreReport::finish() {
  const base::Lock lock(mutex_);
  if (observer_.progress) observer_.progress(progress_);
  return result_;
}

void RestoreReport::count(RestoreAction action, std::uint64_t entries) {
  switch (action) {
    case RestoreAction::create:
      result_.created += entries;
      break;
    case RestoreAction::replace:
      result_.replaced += entries;
      break;
    case RestoreAction::unchanged:
      result_.unchanged += entries;
      break;
    case RestoreAction::refused:
      result_.refused += entries;
      break;
    case RestoreAction::failed:
      result_.failed += entries;
      break;
    case RestoreAction::metadata:
    case RestoreAction::incomplete:
      break;
  }
}

void RestoreReport::tell_progress_now_and_then() {
  if (!observer_.progress) return;
  const std::uint64_t files = std::max(kLeastFiles, progress_.files_total / kShares);
  const std::uint64_t bytes = std::max(kLeastBytes, progress_.bytes_total / kShares);
  if (progress_.files_done - told_files_ < files && progress_.bytes_done - told_bytes_ < bytes)
    return;
  told_files_ = progress_.files_done;
  told_bytes_ = progress_.bytes_done;
  observer_.progress(progress_);
}

}  // namespace vcs::restore
