// SPDX-License-Identifier: Apache-2.0
// Files that somebody is writing: left alone until they rest, but not for ever.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/base/clock.hpp"

namespace vcs::worktree {

// Thread-safe.
class UnstableFiles {
 public:
  explicit UnstableFiles(const base::Clock& clock) : clock_(clock) {}

  // A file was found being written. True: it has been so for `interval` since it was first seen or
  // last captured, and is to be captured as it is.
  bool is_due(const std::string& path, base::Nanos interval) {
    const std::scoped_lock lock(mutex_);
    const auto now = clock_.steady();
    const auto [seen, first_time] = since_.try_emplace(path, Restless{now});
    if (first_time || now - seen->second.since < interval) return false;
    seen->second = Restless{now};
    return true;
  }
  // It was captured as it is because somebody asked.
  void captured(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    since_.insert_or_assign(path, Restless{clock_.steady()});
  }
  void rests(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    if (!since_.empty()) since_.erase(path);
  }

  // When to look again at one that was left alone: when it is due, for somebody holds it open and
  // its end is an event. One that only changed while it was read may rest soon: looked at before,
  // but ever later, for each look is a reading.
  base::Nanos wait(const std::string& path, base::Nanos interval, bool is_held_open) {
    const std::scoped_lock lock(mutex_);
    const auto now = clock_.steady();
    Restless& file = since_.try_emplace(path, Restless{now}).first->second;
    const base::Nanos due = std::max(file.since + interval - now, base::Nanos(0));
    if (is_held_open) return std::max(due, kLeastWait);
    const base::Nanos soon = kLeastWait * (1 << std::min(file.vain_readings++, 10));
    return std::min(soon, std::max(due, kLeastWait));
  }

  static constexpr base::Nanos kLeastWait = std::chrono::seconds(5);

 private:
  struct Restless {
    base::SteadyNanos since{};  // it was seen, or captured last
    int vain_readings = 0;
  };
  const base::Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Restless> since_;
};

}  // namespace vcs::worktree
