// SPDX-License-Identifier: Apache-2.0
// Helpers that the parts of the POSIX filesystem share. For core/base/posix/*.cpp only; all other
// code uses filesystem.hpp.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <memory>
#include <string>

#include "core/base/file_descriptor.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::base::posix {

// Repeats a call that a signal interrupted.
template <typename Call>
auto retried(Call&& call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

FileStat to_file_stat(const struct ::stat& stat);
// Times beyond the range of UnixNanos (years before 1677 and after 2262) become its ends.
UnixNanos to_unix_nanos(const struct timespec& time);

// Operations on a descriptor that files and folders have in common. `where` names it in messages.
Result<FileStat> stat_descriptor(int fd, const std::string& where);
// The same for a folder, with the mount through which it was opened; 0 where it is unknown.
Result<FileStat> stat_folder(int fd, const std::string& where);
Result<void> set_mode(int fd, std::uint32_t mode, const std::string& where);
Result<void> set_owner(int fd, std::uint32_t uid, std::uint32_t gid, const std::string& where);
Result<void> set_mtime(int fd, UnixNanos mtime, const std::string& where);
// {access time: leave it, modification time: `mtime`}, for utimensat and futimens.
struct TimesArgument {
  explicit TimesArgument(UnixNanos mtime);
  struct timespec times[2];
};

// Sorted by name; empty where the filesystem has none. An attribute that cannot be read has its
// name and its os_error.
Result<std::vector<ExtendedAttribute>> extended_attributes(int fd, const std::string& where);
Result<void> set_extended_attribute(int fd, const ExtendedAttribute& attribute,
                                    const std::string& where);
Result<void> remove_extended_attribute(int fd, const std::string& name, const std::string& where);

std::unique_ptr<File> make_file(FileDescriptor fd, std::string where);
std::unique_ptr<Directory> make_directory(FileDescriptor fd, std::string where);

}  // namespace vcs::base::posix
