// SPDX-License-Identifier: Apache-2.0
// Tests of descriptor ownership.
#include "core/base/file_descriptor.hpp"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <cerrno>

using namespace vcs::base;

namespace {

int open_null() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}
bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

}  // namespace

TEST_CASE("file descriptor: closed once, by its last owner") {
  const int fd = open_null();
  {
    FileDescriptor first(fd);
    FileDescriptor second(std::move(first));
    CHECK(second.get() == fd);
    CHECK(is_open(fd));
  }
  CHECK_FALSE(is_open(fd));
}

TEST_CASE("file descriptor: assignment closes what was held and keeps errno") {
  const int old_fd = open_null();
  const int new_fd = open_null();
  FileDescriptor held(old_fd);
  errno = EEXIST;
  held = FileDescriptor(new_fd);
  CHECK(errno == EEXIST);
  CHECK(held.get() == new_fd);
  CHECK_FALSE(is_open(old_fd));
  CHECK(held.release() == new_fd);
  CHECK_FALSE(held.valid());
  CHECK(is_open(new_fd));
  held.reset(new_fd);
  held.reset(new_fd);  // its own number does not close it
  CHECK(is_open(new_fd));
}
