// SPDX-License-Identifier: Apache-2.0
// Lists the files that a process may write without any event.
//
// The kernel sends an event for write(2). It sends none for stores into a mapping, for
// io_submit(2), nor for writes to a disk image that is attached as a loop device. So now and then,
// and at each sync point, we list descriptors that are open for writing, shared mappings that may
// be written, and files behind loop devices. As root we read those of all processes, else those of
// our own user's.
//
// A process that did not run since the last listing has opened and mapped nothing since. Its CPU
// clock shows that exactly and costs half a microsecond, so the cost of a listing follows the
// activity of the processes, not their number.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/watch/kernel_folder.hpp"
#include "agent/watch/process_files.hpp"
#include "core/base/clock.hpp"
#include "core/base/guarded.hpp"

namespace vcs::agent::watch {

struct HeldFile {
  std::string path;     // absolute
  bool mapped = false;  // its times do not change with each write
  bool operator==(const HeldFile&) const = default;
};

// Shared by all watched folders, so that many callers at once cost one listing. Thread-safe.
class HeldFiles {
 public:
  using List = std::shared_ptr<const std::vector<HeldFile>>;
  // `processes` and `disks` stand for /proc and /sys/block.
  explicit HeldFiles(const base::Clock& clock, std::string processes = "/proc",
                     std::string disks = "/sys/block");
  // The held files as of `moment` or later; by path, each once. The first call, and one in ten
  // seconds, may take some milliseconds.
  List since(base::SteadyNanos moment);

 private:
  struct Holder {
    std::optional<base::SteadyNanos> asked;
    std::optional<base::Nanos> ran;  // when it was asked, of processor time
    bool is_kernel = false;          // a kernel thread: has no files
    HeldPaths files;
  };
  void find_processes() VCS_REQUIRES(mutex_);
  void ask(int process, Holder& holder) VCS_REQUIRES(mutex_);

  const base::Clock& clock_;
  const std::string processes_, disks_;
  base::Mutex mutex_;
  KernelFile load_ VCS_GUARDED_BY(mutex_), partitions_ VCS_GUARDED_BY(mutex_);
  List last_ VCS_GUARDED_BY(mutex_);
  base::SteadyNanos began_ VCS_GUARDED_BY(mutex_){};
  std::string newest_
      VCS_GUARDED_BY(mutex_);  // the newest process at the last listing of processes
  std::map<int, Holder> holders_ VCS_GUARDED_BY(mutex_);
};

}  // namespace vcs::agent::watch
