// SPDX-License-Identifier: Apache-2.0
// What the parts of one restore share.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/guarded.hpp"
#include "core/base/lack.hpp"
#include "core/base/random.hpp"
#include "core/base/thread_pool.hpp"
#include "core/restore/restore_report.hpp"

namespace vcs::restore {

// Names for files on their way into place, ".vcsd-<16 hex>.tmp", and for what they are exchanged
// for, ".vcsd-<16 hex>.old". What has a name of the first kind is ours and may be removed whenever
// nobody is at it; what has one of the second may be the only copy of somebody's work, so it is
// never removed for its name, and no ignore rule hides it. Counted up from a random start, so that
// they cost no system call each. Thread-safe.
class TemporaryNames {
 public:
  explicit TemporaryNames(base::Random& random) : next_(random.next()) {}
  std::string next();
  std::string next_aside();

 private:
  std::atomic<std::uint64_t> next_;
};

// What waits until the history has caught up with it. Thread-safe.
class Postponed {
 public:
  void add(const std::string& path);
  std::vector<std::string> take();
  // The mode that a file had before it was made readable for the history.
  void remember_mode(const std::string& path, std::uint32_t mode);
  std::optional<std::uint32_t> mode_before(const std::string& path);

 private:
  base::Mutex mutex_;
  std::vector<std::string> paths_ VCS_GUARDED_BY(mutex_);
  std::map<std::string, std::uint32_t> modes_ VCS_GUARDED_BY(mutex_);
};

// What a whole restore waits at most, in all, for what others hold. Thread-safe.
class Patience {
 public:
  explicit Patience(const RestoreOptions& options) : sleep_(options.sleep) {}
  // False: nothing is left of it, or the restore is to end.
  bool wait() {
    const auto left = left_.lock();
    return sleep_ && *left > 0 && (--*left, sleep_(kPause));
  }

 private:
  static constexpr base::Nanos kPause = std::chrono::milliseconds(250);
  const std::function<bool(base::Nanos)>& sleep_;
  base::Guarded<int> left_{40};
};

struct RestoreContext {
  tree::NodeSource& nodes;
  store::ObjectStore& store;
  const RestoreOptions& options;
  RestoreReport& report;
  TemporaryNames& names;
  base::ThreadPool* helpers;  // for what one thread alone would take long for; null: there are none
  Postponed& postponed;
  Patience& patience;
  // Of the tries: in the last one nothing is postponed any more.
  bool first_round = true, last_round = true;

  // What was cut off has no outcome: it is as it was.
  void tell(const std::string& path, const RestoreOutcome& outcome, bool is_file) {
    if (cancelled() && outcome.action == RestoreAction::failed) return;
    outcome.postponed ? postponed.add(path) : report.entry(path, outcome, is_file);
  }

  // Does it again, after a moment, while it fails only for lack of descriptors or memory.
  template <typename Work>
  auto patiently(Work&& work) const -> decltype(work()) {
    auto done = work();
    while (!done && base::is_lack(done.error()) && !cancelled() && patience.wait()) done = work();
    return done;
  }

  // What bars the dry run is no bar to the restore itself, which may unlock it.
  bool would_unlock(const base::FileStat& standing) const {
    return options.dry_run && options.user == standing.uid;
  }

  bool cancelled() const { return options.cancel != nullptr && options.cancel->load(); }
};

}  // namespace vcs::restore
