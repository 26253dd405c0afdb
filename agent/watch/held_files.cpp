// SPDX-License-Identifier: Apache-2.0
// Reads /proc and /sys/block, but skips processes that did not run since they were read.
#include "agent/watch/held_files.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#ifdef __linux__
#include <time.h>
#endif

namespace vcs::agent::watch {
namespace {

// How long a listed path is trusted: the file may be renamed after it was listed.
constexpr base::Nanos kTrustedFor = std::chrono::seconds(10);

#ifdef __linux__

// The time that all threads of a process have run up to this moment; none: it is gone, or no
// process of this system.
std::optional<base::Nanos> time_run(int process) {
  // The clock id that clock_getcpuclockid(3) makes, without its extra call to check the process.
  constexpr unsigned kScheduler = 2;
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(process) << 3) | kScheduler);
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return std::nullopt;
  return std::chrono::seconds(time.tv_sec) + base::Nanos(time.tv_nsec);
}

// The process or thread that was created last, as text; "" if /proc/loadavg shows none.
std::string newest_process(const std::string& load) {
  const std::size_t space = load.rfind(' ');
  return space == std::string::npos ? std::string() : load.substr(space + 1);
}

// "PID (NAME) STATE PPID GROUP SESSION TERMINAL GROUP FLAGS …"; a name may hold anything.
bool is_thread_of_kernel(const std::string& process) {
  constexpr unsigned kOfKernel = 0x00200000;
  const std::string stat = kernel_text(process + "/stat");
  std::size_t at = stat.rfind(')');
  if (at == std::string::npos) return false;
  ++at;
  for (int field = 0; field < 6 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return false;
  unsigned flags = 0;
  std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), flags);
  return (flags & kOfKernel) != 0;
}

std::vector<int> list_processes(const std::string& processes) {
  std::vector<int> found;
  const base::FileDescriptor folder = open_kernel_folder(processes);
  if (!folder.valid()) return found;
  each_kernel_name(folder.get(), [&](const char* name) {
    int process = 0;
    const auto parsed = std::from_chars(name, name + std::strlen(name), process);
    if (parsed.ec == std::errc() && process != getpid()) found.push_back(process);
  });
  return found;
}

// Parses lines "MAJOR MINOR BLOCKS NAME" for disks that are not empty. Most loop devices are empty.
void add_loop_devices(const std::string& text, const std::string& disks, HeldPaths& found) {
  for (std::size_t at = 0; (at = text.find(" loop", at)) != std::string::npos;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string name = text.substr(at + 1, end - at - 1);
    at = end;
    std::string path = kernel_text(disks + "/" + name + "/loop/backing_file");
    path.resize(std::min(path.find('\n'), path.size()));
    if (is_file_path(path)) found.try_emplace(path, false);
  }
}

#else

std::optional<base::Nanos> time_run(int) {
  return std::nullopt;
}
std::string newest_process(const std::string&) {
  return {};
}
bool is_thread_of_kernel(const std::string&) {
  return false;
}
std::vector<int> list_processes(const std::string&) {
  return {};
}
void add_loop_devices(const std::string&, const std::string&, HeldPaths&) {}

#endif

}  // namespace

HeldFiles::HeldFiles(const base::Clock& clock, std::string processes, std::string disks)
    : clock_(clock),
      processes_(std::move(processes)),
      disks_(std::move(disks)),
      load_(processes_ + "/loadavg"),
      partitions_(processes_ + "/partitions") {}

HeldFiles::List HeldFiles::since(base::SteadyNanos moment) {
  const base::Lock lock(mutex_);
  if (last_ && began_ >= moment) return last_;
  began_ = clock_.steady();
  find_processes();
  HeldPaths found;
  for (auto& [process, holder] : holders_) {
    ask(process, holder);
    for (const auto& [path, mapped] : holder.files) found[path] |= mapped;
  }
  add_loop_devices(partitions_.text(), disks_, found);
  auto files = std::make_shared<std::vector<HeldFile>>();
  for (const auto& [path, mapped] : found) files->push_back({path, mapped});
  return last_ = std::move(files);
}

// Reads the newest process before the list: a process created meanwhile causes a new listing.
void HeldFiles::find_processes() {
  std::string newest = newest_process(load_.text());
  if (!newest.empty() && newest == newest_) return;
  newest_ = std::move(newest);
  std::map<int, Holder> now;
  for (const int process : list_processes(processes_)) {
    now.insert(holders_.extract(process));
    now.try_emplace(process);  // does nothing if it was known
  }
  holders_ = std::move(now);
}

// Reads the time before the files: a process that runs meanwhile is read again the next time.
void HeldFiles::ask(int process, Holder& holder) {
  const bool trusted = holder.asked && began_ - *holder.asked < kTrustedFor;
  if (trusted && holder.is_kernel) return;
  const std::optional<base::Nanos> ran = time_run(process);
  if (trusted && ran && ran == holder.ran) return;
  const std::string folder = processes_ + "/" + std::to_string(process);
  if (!trusted) holder.is_kernel = is_thread_of_kernel(folder);
  holder.asked = began_;
  holder.ran = ran;
  holder.files = holder.is_kernel ? HeldPaths() : files_of_process(folder);
}

}  // namespace vcs::agent::watch
