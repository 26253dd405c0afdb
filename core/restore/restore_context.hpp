// SPDX-License-Identifier: Apache-2.0
// Types that the parts of one restore share.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/guarded.hpp"
#include "core/base/lack.hpp"
#include "core/base/random.hpp"
#include "core/restore/restore_report.hpp"

namespace vcs::base {
class ThreadPool;
}

namespace vcs::restore {

// Names for new files before they are in place, ".vcsd-<16 hex>.tmp", and for the files that they
// replace, ".vcsd-<16 hex>.old". A file with a name of the first kind is ours, and may be removed
// when no restore uses it. A file with a name of the second kind may be the only copy of somebody's
// work: it is never removed because of its name, and no ignore rule hides it. The names count up
// from a random start, so they cost no system call each. Thread-safe.
class TemporaryNames {
 public:
  explicit TemporaryNames(base::Random& random) : next_(random.next()) {}
  std::string next();
  std::string next_aside();

 private:
  std::atomic<std::uint64_t> next_;
};

// Paths that wait until the history has the standing files. Thread-safe.
class Postponed {
 public:
  void add(const std::string& path);
  std::vector<std::string> take();
  // Keeps the mode that a file had before the restore made it readable for the history.
  void remember_mode(const std::string& path, std::uint32_t mode);
  std::optional<std::uint32_t> mode_before(const std::string& path);

 private:
  base::Mutex mutex_;
  std::vector<std::string> paths_ VCS_GUARDED_BY(mutex_);
  std::map<std::string, std::uint32_t> modes_ VCS_GUARDED_BY(mutex_);
};

// Limits the total time that a whole restore waits for descriptors or memory. Thread-safe.
class Patience {
 public:
  explicit Patience(const RestoreOptions& options) : sleep_(options.sleep) {}
  // False: the time is used up, or the restore is to end.
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
  base::ThreadPool* helpers;  // for large files; null: there are none
  Postponed& postponed;
  Patience& patience;
  // Rounds of the restore: the last one postpones nothing any more.
  bool first_round = true, last_round = true;

  // Reports an outcome, or postpones the path. A failure after a cancel has no outcome: the entry
  // is as it was.
  void tell(const std::string& path, const RestoreOutcome& outcome, bool is_file) {
    if (cancelled() && outcome.action == RestoreAction::failed) return;
    outcome.postponed ? postponed.add(path) : report.entry(path, outcome, is_file);
  }

  // Repeats the work after a pause while it fails for lack of descriptors or memory.
  template <typename Work>
  auto patiently(Work&& work) const -> decltype(work()) {
    auto done = work();
    while (!done && base::is_lack(done.error()) && !cancelled() && patience.wait()) done = work();
    return done;
  }

  // True if only the dry run is denied access: the restore itself would unlock the entry.
  bool would_unlock(const base::FileStat& standing) const {
    return options.dry_run && options.user == standing.uid;
  }

  bool cancelled() const { return options.cancel != nullptr && options.cancel->load(); }
};

}  // namespace vcs::restore
