// SPDX-License-Identifier: Apache-2.0
// Chooses from measurements how many threads a save uses, and how many files one takes at a time.
//
// Files in memory keep every core busy, and many more threads than cores only slow the work down.
// Files on a slow disk leave cores idle, and more threads help. Only a trial shows which is true:
// now and then the governor tries one more thread, and keeps it if throughput grows; if one more
// slows the others down, it tries one fewer. This is a hill climb on throughput.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/base/clock.hpp"

namespace vcs::snapshot {

struct LaneLimits {
  std::size_t start = 1;  // threads at first
  std::size_t most = 1;   // never more; if `start` and `least` are equal to it: a fixed number
  // Threads that may read files at once; 0: all. A spinning disk is slow with several readers.
  std::size_t readers = 0;
  std::size_t least = 0;        // never fewer; 0: never fewer than `start`
  std::size_t batch_files = 0;  // files that a thread takes at a time; 0: the governor measures it
};

// Not thread-safe.
class LaneGovernor {
 public:
  LaneGovernor(const LaneLimits& limits, base::SteadyNanos now);

  // `work`: all work since the beginning, in any unit.
  void measure(std::uint64_t work, base::SteadyNanos now);
  // A batch took so long: the next ones should take about kBatchTime.
  void batch_took(std::size_t files, base::Nanos time);

  std::size_t lanes() const { return lanes_; }
  std::size_t batch_files() const { return batch_files_; }

  static constexpr base::Nanos kInterval = std::chrono::milliseconds(250);
  static constexpr base::Nanos kBatchTime = std::chrono::milliseconds(10);
  static constexpr std::size_t kLeastBatch = 16, kMostBatch = 512;

 private:
  enum class Trial { none, more, fewer };
  void judge(double speed);
  void begin_trial();

  const std::size_t start_, most_, least_;
  const bool batch_is_fixed_;
  std::size_t lanes_;
  std::size_t batch_files_;
  base::SteadyNanos measured_at_;
  std::uint64_t measured_work_ = 0;
  double speed_ = 0;           // before the last step
  Trial trial_ = Trial::none;  // the current trial: one thread more or fewer
  bool fewer_next_ = false;    // the next trial is one thread fewer
  unsigned quiet_intervals_;   // until the next trial
};

}  // namespace vcs::snapshot
