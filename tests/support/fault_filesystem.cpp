// SPDX-License-Identifier: Apache-2.0
// Counts calls, and fails some of them.
#include "tests/support/fault_filesystem.hpp"

#include <numeric>

namespace vcs::test {

void FaultFileSystem::set_fault(const Fault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  matching_ = 0;
  failures_ = 0;
}

void FaultFileSystem::clear_fault() {
  const std::lock_guard lock(mutex_);
  fault_.reset();
}

std::uint64_t FaultFileSystem::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

std::uint64_t FaultFileSystem::calls(CallKind kind) const {
  const std::lock_guard lock(mutex_);
  return calls_[static_cast<std::size_t>(kind)];
}

std::uint64_t FaultFileSystem::mutating_calls() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (std::size_t kind = 0; kind < kCallKinds; ++kind)
    if (is_mutating(static_cast<CallKind>(kind))) sum += calls_[kind];
  return sum;
}

std::uint64_t FaultFileSystem::all_calls() const {
  const std::lock_guard lock(mutex_);
  return std::accumulate(calls_.begin(), calls_.end(), std::uint64_t{0});
}

std::uint64_t FaultFileSystem::syncs_after_failure() const {
  const std::lock_guard lock(mutex_);
  return syncs_after_failure_;
}

void FaultFileSystem::reset_counts() {
  const std::lock_guard lock(mutex_);
  calls_.fill(0);
}

bool FaultFileSystem::strikes(CallKind kind) {
  if (!fault_) return false;
  const auto is_meant = [&](CallKind only) {
    return only == CallKind::write ? is_write(kind) : kind == only;
  };
  if (fault_->only ? !is_meant(*fault_->only) : !fault_->any_kind && !is_mutating(kind))
    return false;
  ++matching_;
  return matching_ == fault_->nth || (fault_->all_after && matching_ > fault_->nth);
}

base::Result<void> FaultFileSystem::before(Call& call) {
  const std::lock_guard lock(mutex_);
  ++calls_[static_cast<std::size_t>(call.kind)];
  const bool sync = call.kind == CallKind::sync_file;
  if (sync && not_synced_.contains(call.path)) ++syncs_after_failure_;
  if (!strikes(call.kind)) return {};
  ++failures_;
  if (sync) not_synced_.insert(call.path);
  if (fault_->half_write) call.bytes_before_refusal = call.bytes.size() / 2;
  return base::fail_errno(fault_->os_error, "injected fault at " + call.path);
}

// Follows a file to its new name; a file that takes the old name is another one. A truncation is
// taken to drop the data that was not synced.
void FaultFileSystem::after(Call& call, bool succeeded) {
  if (!succeeded) return;
  const std::lock_guard lock(mutex_);
  if (call.kind == CallKind::remove_file || call.kind == CallKind::truncate)
    not_synced_.erase(call.path);
  if (call.kind != CallKind::rename) return;
  not_synced_.erase(call.target);
  if (not_synced_.erase(call.path) > 0) not_synced_.insert(call.target);
}

}  // namespace vcs::test
