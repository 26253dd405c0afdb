// SPDX-License-Identifier: Apache-2.0
// A filesystem around another one that counts calls and fails the ones it is told to.
//
// A fault loop: run a scenario once and ask mutating_calls(); then for every n up to that number,
// set_fault({.nth = n, .os_error = EIO}), run it again, and see that nothing was lost.
//
// Thread-safe. The inner filesystem must outlive it, and it all that is opened through it.
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
  bool all_after = false;          // the later ones fail too
  bool half_write = false;         // a failed write has put the first half of its bytes
  std::optional<CallKind> only{};  // counts and fails this kind (write: past the cache
                                   // as well); none: all that change something
  bool any_kind = false;           // counts and fails every call, those that only look as well
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
  // How often a file was synced again although a sync of it had failed. The kernel may have dropped
  // its pages by then and say that all is well: there must be none, ever.
  std::uint64_t syncs_after_failure() const;

 private:
  base::Result<void> before(Call& call) override;
  void after(Call& call, bool succeeded) override;
  bool strikes(CallKind kind);

  mutable std::mutex mutex_;
  std::array<std::uint64_t, kCallKinds> calls_{};
  std::optional<Fault> fault_;
  std::uint64_t matching_ = 0;  // calls that fault_ is about
  std::uint64_t failures_ = 0;
  std::set<std::string> not_synced_;  // files whose sync failed, by their present path
  std::uint64_t syncs_after_failure_ = 0;
};

}  // namespace vcs::test
