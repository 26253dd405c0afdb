// SPDX-License-Identifier: Apache-2.0
// Files that a program is writing. A save waits until they rest, but not for ever.
#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>

#include "core/base/clock.hpp"
#include "core/base/guarded.hpp"

namespace vcs::worktree {

// Thread-safe.
class UnstableFiles {
 public:
  explicit UnstableFiles(const base::Clock& clock) : clock_(clock) {}

  // The file is being written. True: `interval` has passed since it was first seen so or last
  // captured, so it is to be captured as it is.
  bool is_due(const std::string& path, base::Nanos interval) {
    const auto since = since_.lock();
    const auto now = clock_.steady();
    const auto [seen, first_time] = since->try_emplace(path, Restless{now});
    if (first_time || now - seen->second.since < interval) return false;
    seen->second = Restless{now};
    return true;
  }
  // A person asked for a save, so the file was captured while it was being written.
  void captured(const std::string& path) {
    const auto since = since_.lock();
    since->insert_or_assign(path, Restless{clock_.steady()});
  }
  void rests(const std::string& path) {
    const auto since = since_.lock();
    if (!since->empty()) since->erase(path);
  }

  // The time until the next try. A file that a program holds open: when it is due, as its close is
  // an event. A file that changed while it was read may rest soon: earlier than that, but each time
  // later than the last, as each try reads it.
  base::Nanos wait(const std::string& path, base::Nanos interval, bool is_held_open) {
    const auto since = since_.lock();
    const auto now = clock_.steady();
    Restless& file = since->try_emplace(path, Restless{now}).first->second;
    const base::Nanos due = std::max(file.since + interval - now, base::Nanos(0));
    if (is_held_open) return std::max(due, kLeastWait);
    const base::Nanos soon = kLeastWait * (1 << std::min(file.vain_readings++, 10));
    return std::min(soon, std::max(due, kLeastWait));
  }

  static constexpr base::Nanos kLeastWait = std::chrono::seconds(5);

 private:
  struct Restless {
    base::SteadyNanos since{};  // when it was first seen so, or captured last
    int vain_readings = 0;
  };
  const base::Clock& clock_;
  base::Guarded<std::unordered_map<std::string, Restless>> since_;
};

}  // namespace vcs::worktree
