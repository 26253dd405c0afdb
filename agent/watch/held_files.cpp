// SPDX-License-Identifier: Apache-2.0
// Reads /proc and /sys/block.
#include "agent/watch/held_files.hpp"

#include <algorithm>
#include <map>

#ifdef __linux__
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <functional>

#include "core/base/file_descriptor.hpp"
#endif

namespace vcs::agent::watch {
namespace {

#ifdef __linux__

using base::FileDescriptor;
using Found = std::map<std::string, bool>;  // mapped?

constexpr std::size_t kLongestPath = 4096;

// The question that Linux answers since 6.11: the next mapping of a kind, without writing down all
// the others.
struct MappingQuery {
  std::uint64_t size = sizeof(MappingQuery);
  std::uint64_t flags = kWritable | kShared | kOfFile | kThisOrNext;
  std::uint64_t address = 0;
  std::uint64_t start = 0, end = 0, found_flags = 0, page_size = 0, offset = 0, inode = 0;
  std::uint32_t device_major = 0, device_minor = 0;
  std::uint32_t name_size = 0, build_id_size = 0;
  std::uint64_t name = 0, build_id = 0;

  static constexpr std::uint64_t kWritable = 0x02, kShared = 0x08, kThisOrNext = 0x10,
                                 kOfFile = 0x20;
};
constexpr unsigned long kQueryMapping = _IOWR('f', 17, MappingQuery);

struct LinuxEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
  char name[1];
};

void each_name(int folder, const std::function<void(const char*)>& visitor) {
  alignas(LinuxEntry) char buffer[16 * 1024];
  while (const long size = std::max(syscall(SYS_getdents64, folder, buffer, sizeof(buffer)), 0L)) {
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const LinuxEntry*>(buffer + at);
      if (entry->name[0] != '.') visitor(entry->name);
      at += entry->length;
    }
  }
}

FileDescriptor open_folder(const std::string& path) {
  return FileDescriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// What no watched folder holds need not be looked at closer.
bool is_file_path(std::string_view path) {
  for (const std::string_view other : {"/dev/", "/proc/", "/sys/", "/memfd:"})
    if (path.starts_with(other)) return false;
  return path.starts_with('/') && !path.ends_with(" (deleted)");
}

// The permissions of the link say how the file is open.
void add_descriptors(const std::string& process, Found& found) {
  const FileDescriptor links = open_folder(process + "/fd");
  if (!links.valid()) return;
  each_name(links.get(), [&](const char* name) {
    char path[kLongestPath];
    const ssize_t length = readlinkat(links.get(), name, path, sizeof(path));
    if (length <= 0 || !is_file_path({path, static_cast<std::size_t>(length)})) return;
    struct stat link {};
    if (fstatat(links.get(), name, &link, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (link.st_mode & S_IWUSR)
      found.try_emplace(std::string(path, static_cast<std::size_t>(length)), false);
  });
}

// False: the system does not know the question.
bool ask_for_mappings(int maps, Found& found) {
  char path[kLongestPath];
  for (MappingQuery query;; query.address = query.end) {
    query.name = reinterpret_cast<std::uintptr_t>(path);
    query.name_size = sizeof(path);
    if (ioctl(maps, kQueryMapping, &query) != 0) return errno != ENOTTY && errno != EINVAL;
    if (query.name_size > 1 && is_file_path(path)) found[path] = true;
  }
}

// Lines "start-end perms offset device inode   path". A line end in a path is written \012.
void read_mappings(const FileDescriptor& maps, Found& found) {
  std::ifstream lines("/proc/self/fd/" + std::to_string(maps.get()));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t kind = line.find(' ') + 1, slash = line.find('/');
    if (kind == 0 || slash == std::string::npos || line.size() < kind + 4) continue;
    if (line[kind + 1] != 'w' || line[kind + 3] != 's') continue;
    std::string path = line.substr(slash);
    for (std::size_t at; (at = path.find("\\012")) != std::string::npos;) path.replace(at, 4, "\n");
    if (is_file_path(path)) found[path] = true;
  }
}

// What has no memory, as threads of the kernel, has no files either.
void add_process(const std::string& process, Found& found) {
  const FileDescriptor maps(open((process + "/maps").c_str(), O_RDONLY | O_CLOEXEC));
  if (!maps.valid()) return;
  add_descriptors(process, found);
  if (!ask_for_mappings(maps.get(), found)) read_mappings(maps, found);
}

void add_loop_devices(const std::string& disks, Found& found) {
  const FileDescriptor folder = open_folder(disks);
  if (!folder.valid()) return;
  each_name(folder.get(), [&](const char* name) {
    if (!std::string_view(name).starts_with("loop")) return;
    std::ifstream file(disks + "/" + name + "/loop/backing_file");
    std::string path;
    if (std::getline(file, path) && is_file_path(path)) found.try_emplace(path, false);
  });
}

Found find_all(const std::string& processes, const std::string& disks) {
  Found found;
  const std::string own = std::to_string(getpid());
  const FileDescriptor folder = open_folder(processes);
  if (folder.valid())
    each_name(folder.get(), [&](const char* name) {
      const bool is_process = name[0] >= '0' && name[0] <= '9';
      if (is_process && name != own) add_process(processes + "/" + name, found);
    });
  add_loop_devices(disks, found);
  return found;
}

#else

std::map<std::string, bool> find_all(const std::string&, const std::string&) {
  return {};
}

#endif

}  // namespace

std::vector<HeldFile> find_held_files(const std::string& processes, const std::string& disks) {
  std::vector<HeldFile> files;
  for (const auto& [path, mapped] : find_all(processes, disks)) files.push_back({path, mapped});
  return files;
}

HeldFiles::List HeldFiles::since(base::SteadyNanos moment) {
  const std::lock_guard lock(mutex_);
  if (last_ && began_ >= moment) return last_;
  began_ = clock_.steady();
  last_ = std::make_shared<const std::vector<HeldFile>>(find_held_files());
  return last_;
}

}  // namespace vcs::agent::watch
