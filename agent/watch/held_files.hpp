// SPDX-License-Identifier: Apache-2.0
// The files that somebody may write without any event.
//
// The system tells of write(2). It does not tell of what a program stores in a mapping, of
// io_submit(2), nor of what is written to a disk image that is attached as a loop device. So now
// and then, and at each sync point, it is asked who holds what: descriptors that are open for
// writing, shared mappings that may be written, files behind loop devices. Of all processes where
// we are root, else of our own user's.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/clock.hpp"

namespace vcs::agent::watch {

struct HeldFile {
  std::string path;     // absolute
  bool mapped = false;  // its times do not tell of each write
  bool operator==(const HeldFile&) const = default;
};

// By path, each once. `processes` and `disks` stand for /proc and /sys/block.
std::vector<HeldFile> find_held_files(const std::string& processes = "/proc",
                                      const std::string& disks = "/sys/block");

// Shared by all watched folders, so that many who ask at once cost one look. Thread-safe.
class HeldFiles {
 public:
  using List = std::shared_ptr<const std::vector<HeldFile>>;
  explicit HeldFiles(const base::Clock& clock) : clock_(clock) {}
  // As it was at `moment` or later. May take some milliseconds.
  List since(base::SteadyNanos moment);

 private:
  const base::Clock& clock_;
  std::mutex mutex_;
  List last_;
  base::SteadyNanos began_ = 0;
};

}  // namespace vcs::agent::watch
