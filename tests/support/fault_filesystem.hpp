// SPDX-License-Identifier: Apache-2.0
// A filesystem around another one that counts calls and fails the chosen ones.
//
// A fault loop: run a scenario once and ask mutating_calls(); then for every n up to that number,
// set_fault({.nth = n, .os_error = EIO}), run it again, and see that nothing was lost.
//
// Thread-safe. The inner filesystem must outlive this one, and this one all that it opened.
#pragma once

#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "tests/support/intercepted_filesystem.hpp"

namespace vcs::test {

struct Fault {
  std::uint64_t nth = 1;  // the first call that fails, counted from 1 since set_fault()
  int os_error = EIO;
  bool all_after = false;          // all later ones fail too
  bool half_write = false;         // a failed write first writes half of its bytes
  std::optional<CallKind> only{};  // counts and fails only this kind (write: past the
                                   // cache too); none: all that change something
  bool any_kind = false;           // counts and fails every call, also those that only read
};

class FaultFileSystem final : public InterceptedFileSystem, private Interceptor {
 public:
  explicit FaultFileSystem(base::FileSystem& inner) : InterceptedFileSystem(inner, *this) {}

  void set_fault(const Fault& fault);
  void clear_fault();
  // How many calls have been failed since set_fault().
  std::uint64_t failures() const;

  // Calls so far, failed ones among them.
  std::uint64_t calls(CallKind kind) const;
  std::uint64_t mutating_calls() const;
  std::uint64_t all_calls() const;
  void reset_counts();
  // How often a file was synced again after a sync of it had failed. The kernel may have dropped
  // its pages by then and report success: this count must always be 0.
  std::uint64_t syncs_after_failure() const;

 private:
  base::Result<void> before(Call& call) override;
  void after(Call& call, bool succeeded) override;
  bool strikes(CallKind kind);

  mutable std::mutex mutex_;
  std::array<std::uint64_t, kCallKinds> calls_{};
  std::optional<Fault> fault_;
  std::uint64_t matching_ = 0;  // calls of the kind that fault_ counts
  std::uint64_t failures_ = 0;
  std::set<std::string> not_synced_;  // files whose sync failed, by their present path
  std::uint64_t syncs_after_failure_ = 0;
};

}  // namespace vcs::test
