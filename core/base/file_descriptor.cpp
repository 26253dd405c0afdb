// SPDX-License-Identifier: Apache-2.0
// Closes a descriptor.
#include "core/base/file_descriptor.hpp"

#include <unistd.h>

#include <cerrno>

namespace vcs::base {

void FileDescriptor::reset(int fd) {
  if (fd_ >= 0 && fd_ != fd) {
    const int saved = errno;
    // Do not repeat after EINTR: the descriptor is closed, and another thread may have its number.
    ::close(fd_);
    errno = saved;
  }
  fd_ = fd;
}

}  // namespace vcs::base
