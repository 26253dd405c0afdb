// SPDX-License-Identifier: Apache-2.0
// Opens the operating system's folders by path.
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "core/base/posix/files.hpp"

namespace vcs::base {

namespace {

using posix::retried;

#ifdef O_PATH
// We may have the right to pass a folder on the way but not to list it.
constexpr int kPassThrough = O_PATH | O_DIRECTORY | O_CLOEXEC;
#else
constexpr int kPassThrough = O_SEARCH | O_DIRECTORY | O_CLOEXEC;
#endif
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// Opens `name` in `parent`. If it is missing, makes it and makes its entry durable.
Result<FileDescriptor> enter_or_make(const FileDescriptor& parent, const std::string& name,
                                     std::uint32_t mode, const std::string& path) {
  const auto enter = [&] {
    return FileDescriptor(
        retried([&] { return ::openat(parent.get(), name.c_str(), kPassThrough); }));
  };
  FileDescriptor entered = enter();
  if (entered.valid()) return entered;
  if (errno != ENOENT) return fail_errno(errno, "open folder " + path);
  // If another process makes it at the same moment, use that one.
  const int made =
      retried([&] { return ::mkdirat(parent.get(), name.c_str(), static_cast<mode_t>(mode)); });
  if (made != 0 && errno != EEXIST) return fail_errno(errno, "make folder " + path);
  FileDescriptor synced(retried([&] { return ::openat(parent.get(), ".", kOpenFolder); }));
  if (!synced.valid()) return fail_errno(errno, "sync the folder of " + path);
  VCS_TRY(posix::make_directory(std::move(synced), path)->sync());
  entered = enter();
  if (!entered.valid()) return fail_errno(errno, "open folder " + path);
  return entered;
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<Directory>> open_directory(const std::string& path) override {
    FileDescriptor fd(retried([&] { return ::open(path.c_str(), kOpenFolder); }));
    if (!fd.valid()) return fail_errno(errno, "open folder " + path);
    return posix::make_directory(std::move(fd), path);
  }

  Result<std::unique_ptr<Directory>> make_directories(const std::string& path,
                                                      std::uint32_t mode) override {
    if (path.empty()) return fail(ErrorCode::invalid, "make folder: its path is empty");
    const char* start = path.front() == '/' ? "/" : ".";
    FileDescriptor at(retried([&] { return ::open(start, kPassThrough); }));
    if (!at.valid()) return fail_errno(errno, "open folder " + std::string(start));
    std::string_view rest = path;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('/'), rest.size());
      const std::string name(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (name.empty() || name == ".") continue;
      VCS_ASSIGN(at, enter_or_make(at, name, mode, path));
    }
    FileDescriptor fd(retried([&] { return ::openat(at.get(), ".", kOpenFolder); }));
    if (!fd.valid()) return fail_errno(errno, "open folder " + path);
    return posix::make_directory(std::move(fd), path);
  }

  Result<FileStat> stat(const std::string& path) override {
    struct ::stat stat;
    if (retried([&] { return ::stat(path.c_str(), &stat); }) != 0)
      return fail_errno(errno, "stat " + path);
    return posix::to_file_stat(stat);
  }

  Result<std::string> canonical(const std::string& path) override {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr),
                                                      &std::free);
    if (!real) return fail_errno(errno, "resolve " + path);
    return std::string(real.get());
  }

  Result<SpaceInfo> space(const std::string& path) override {
    struct ::statvfs stat;
    if (retried([&] { return ::statvfs(path.c_str(), &stat); }) != 0)
      return fail_errno(errno, "ask for space of " + path);
    SpaceInfo info;
    info.free_bytes = static_cast<std::uint64_t>(stat.f_bavail) * stat.f_frsize;
    info.total_bytes = static_cast<std::uint64_t>(stat.f_blocks) * stat.f_frsize;
    return info;
  }
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_filesystem() {
  return std::make_unique<PosixFileSystem>();
}

}  // namespace vcs::base
