// SPDX-License-Identifier: Apache-2.0
// What the parts of one restore share.
#pragma once

#include <atomic>
#include <string>

#include "core/base/random.hpp"
#include "core/base/thread_pool.hpp"
#include "core/snapshot/restore_report.hpp"

namespace vcs::snapshot {

// Names for files on their way into place: ".vcsd-<16 hex>.tmp". Counted up from a random start, so
// that they cost no system call each. Thread-safe.
class TemporaryNames {
 public:
  explicit TemporaryNames(base::Random& random) : next_(random.next()) {}
  std::string next();

 private:
  std::atomic<std::uint64_t> next_;
};

struct RestoreContext {
  NodeSource& nodes;
  store::ObjectStore& store;
  const RestoreOptions& options;
  RestoreReport& report;
  TemporaryNames& names;
  base::ThreadPool* helpers;  // for what one thread alone would take long for; null: there are none

  bool cancelled() const { return options.cancel != nullptr && options.cancel->load(); }
};

}  // namespace vcs::snapshot
