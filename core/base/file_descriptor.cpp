// SPDX-License-Identifier: Apache-2.0
// Closing a descriptor.
#include "core/base/file_descriptor.hpp"

#include <unistd.h>

#include <cerrno>

namespace vcs::base {

void FileDescriptor::reset(int fd) {
  if (fd_ >= 0 && fd_ != fd) {
    const int saved = errno;
    // Never repeated after EINTR: the descriptor is gone, and its number may already be another's.
    ::close(fd_);
    errno = saved;
  }
  fd_ = fd;
}

}  // namespace vcs::base
