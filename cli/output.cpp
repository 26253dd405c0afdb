// SPDX-License-Identifier: Apache-2.0
// Writes to a descriptor and keeps the first error, so a full disk does not look like success.
#include "cli/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace vcs::cli {

namespace {
constexpr std::size_t kBufferBytes = 64 * 1024;
}

void FileOutput::write(std::string_view text) {
  begun_ |= !text.empty();
  if (error_ != 0) return;
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) (void)flush();
}

Result<void> FileOutput::flush() {
  std::string_view rest = buffer_;
  while (error_ == 0 && !rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Another process that shares the descriptor has made it non-blocking, so wait here.
      pollfd room{fd_, POLLOUT, 0};
      (void)::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  buffer_.clear();
  if (error_ != 0) return base::fail_errno(error_, "writing to " + name_);
  return {};
}

}  // namespace vcs::cli
