// SPDX-License-Identifier: Apache-2.0
// How many threads a snapshot uses and how much one takes at a time, from what it measures.
//
// Files that lie in memory keep every core busy, and many more threads than cores only hinder;
// files on a disk that answers late leave cores idle, and more threads help. Which it is shows only
// in the doing: now and then one more thread is tried, and kept while it pays; where one more only
// hinders the others, one fewer is tried. A hill climb on throughput.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/base/clock.hpp"

namespace vcs::snapshot {

struct LaneLimits {
  std::size_t start = 1;  // threads at first
  std::size_t most = 1;   // never more; equal to `start`, with `least`: pinned
  // That may read files at once; 0: all. Heads of spinning disks hate company.
  std::size_t readers = 0;
  std::size_t least = 0;        // never fewer; 0: never fewer than `start`
  std::size_t batch_files = 0;  // that a thread takes at a time; 0: as many as is measured best
};

// Not thread-safe.
class LaneGovernor {
 public:
  LaneGovernor(const LaneLimits& limits, base::SteadyNanos now);

  // `work` is all that was done since the beginning, in any unit.
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
  Trial trial_ = Trial::none;  // of one thread more or fewer, now
  bool fewer_next_ = false;    // what the next trial is
  unsigned quiet_intervals_;   // until the next trial
};

}  // namespace vcs::snapshot
