// Counting calls, and failing some of them.
#include "tests/support/fault_filesystem.hpp"

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

void FaultFileSystem::reset_counts() {
  const std::lock_guard lock(mutex_);
  calls_.fill(0);
}

bool FaultFileSystem::strikes(CallKind kind) {
  if (!fault_) return false;
  if (fault_->only ? kind != *fault_->only : !is_mutating(kind)) return false;
  ++matching_;
  return matching_ == fault_->nth || (fault_->all_after && matching_ > fault_->nth);
}

base::Result<void> FaultFileSystem::before(Call& call) {
  const std::lock_guard lock(mutex_);
  ++calls_[static_cast<std::size_t>(call.kind)];
  if (!strikes(call.kind)) return {};
  ++failures_;
  if (fault_->half_write) call.bytes_before_refusal = call.bytes.size() / 2;
  return base::fail_errno(fault_->os_error, "injected fault at " + call.path);
}

}  // namespace vcs::test
