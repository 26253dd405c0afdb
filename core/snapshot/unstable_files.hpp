// SPDX-License-Identifier: Apache-2.0
// Files that somebody is writing: left alone until they rest, but not for ever.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "core/base/clock.hpp"

namespace vcs::snapshot {

// Thread-safe.
class UnstableFiles {
 public:
  explicit UnstableFiles(const base::Clock& clock) : clock_(clock) {}

  // A file was found being written. True: it has been so for `interval` since it was first seen or
  // last captured, and is to be captured as it is.
  bool is_due(const std::string& path, base::Nanos interval) {
    const std::scoped_lock lock(mutex_);
    const auto now = clock_.steady();
    const auto [seen, first_time] = since_.try_emplace(path, now);
    if (first_time || now - seen->second < interval.count()) return false;
    seen->second = now;
    return true;
  }
  void rests(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    if (!since_.empty()) since_.erase(path);
  }

 private:
  const base::Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, base::SteadyNanos> since_;
};

}  // namespace vcs::snapshot
