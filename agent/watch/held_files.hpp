// SPDX-License-Identifier: Apache-2.0
// The files that somebody may write without any event.
//
// The system tells of write(2). It does not tell of what a program stores in a mapping, of
// io_submit(2), nor of what is written to a disk image that is attached as a loop device. So now
// and then, and at each sync point, it is asked who holds what: descriptors that are open for
// writing, shared mappings that may be written, files behind loop devices. Of all processes where
// we are root, else of our own user's.
//
// Who did not run since the last look has opened and mapped nothing since. The clock of a process
// tells that exactly and costs half a microsecond, so a look is as dear as what went on, not as
// what there is.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/watch/kernel_folder.hpp"
#include "agent/watch/process_files.hpp"
#include "core/base/clock.hpp"

namespace vcs::agent::watch {

struct HeldFile {
  std::string path;     // absolute
  bool mapped = false;  // its times do not tell of each write
  bool operator==(const HeldFile&) const = default;
};

// Shared by all watched folders, so that many who ask at once cost one look. Thread-safe.
class HeldFiles {
 public:
  using List = std::shared_ptr<const std::vector<HeldFile>>;
  // `processes` and `disks` stand for /proc and /sys/block.
  explicit HeldFiles(const base::Clock& clock, std::string processes = "/proc",
                     std::string disks = "/sys/block");
  // As it was at `moment` or later; by path, each once. The first look, and one in ten seconds, may
  // take some milliseconds.
  List since(base::SteadyNanos moment);

 private:
  struct Holder {
    std::optional<base::SteadyNanos> asked;
    std::optional<base::Nanos> ran;  // when it was asked, of processor time
    bool is_kernel = false;          // a thread of the kernel has no files
    HeldPaths files;
  };
  void find_processes();
  void ask(int process, Holder& holder);

  const base::Clock& clock_;
  const std::string processes_, disks_;
  std::mutex mutex_;  // of all that follows
  KernelFile load_, partitions_;
  List last_;
  base::SteadyNanos began_{};
  std::string newest_;  // process, when they were listed
  std::map<int, Holder> holders_;
};

}  // namespace vcs::agent::watch
