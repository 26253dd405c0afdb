// SPDX-License-Identifier: Apache-2.0
// Reads a process's folder in /proc.
#include "agent/watch/process_files.hpp"

#ifdef __linux__
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#endif

#include "agent/watch/kernel_folder.hpp"

namespace vcs::agent::watch {

bool is_file_path(std::string_view path) {
  for (const std::string_view other : {"/dev/", "/proc/", "/sys/", "/memfd:"})
    if (path.starts_with(other)) return false;
  return path.starts_with('/') && !path.ends_with(" (deleted)");
}

#ifdef __linux__
namespace {

using base::FileDescriptor;

constexpr std::size_t kLongestPath = 4096;

// The argument of PROCMAP_QUERY (Linux 6.11): asks for the next mapping of a kind, so that the
// kernel need not write a line for each of the others. The kernel defines its members.
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

// The permissions of the link show how the file is open.
bool is_for_writing(int links, const char* name) {
  struct stat link {};
  return fstatat(links, name, &link, AT_SYMLINK_NOFOLLOW) == 0 && (link.st_mode & S_IWUSR) != 0;
}

void add_descriptors(const std::string& process, HeldPaths& found) {
  const FileDescriptor links = open_kernel_folder(process + "/fd");
  if (!links.valid()) return;
  // Most open descriptors are pipes, sockets and terminals. Only /proc is asked: another filesystem
  // might not answer.
  each_kernel_name(links.get(), [&](const char* name) {
    char path[kLongestPath];
    const ssize_t length = readlinkat(links.get(), name, path, sizeof(path));
    const std::string_view file(path, static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    if (is_file_path(file) && is_for_writing(links.get(), name))
      found.try_emplace(std::string(file), false);
  });
}

// False: the kernel does not support the query.
bool ask_for_mappings(int maps, HeldPaths& found) {
  char path[kLongestPath];
  for (MappingQuery query;; query.address = query.end) {
    query.name = reinterpret_cast<std::uintptr_t>(path);
    query.name_size = sizeof(path);
    if (ioctl(maps, kQueryMapping, &query) != 0) return errno != ENOTTY && errno != EINVAL;
    if (query.name_size > 1 && is_file_path(path)) found[path] = true;
  }
}

// Lines "start-end perms offset device inode   path". A line end in a path is written \012.
void read_mappings(const FileDescriptor& maps, HeldPaths& found) {
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

}  // namespace

// A process without memory, as a kernel thread, has no files either.
HeldPaths files_of_process(const std::string& process) {
  HeldPaths found;
  const FileDescriptor maps(open((process + "/maps").c_str(), O_RDONLY | O_CLOEXEC));
  if (!maps.valid()) return found;
  add_descriptors(process, found);
  if (!ask_for_mappings(maps.get(), found)) read_mappings(maps, found);
  return found;
}

#else

HeldPaths files_of_process(const std::string&) {
  return {};
}

#endif

}  // namespace vcs::agent::watch
