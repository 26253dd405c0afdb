// SPDX-License-Identifier: Apache-2.0
// Small looks into /proc and /sys, which are made often: few system calls, and no error that would
// not mean "nothing there".
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "core/base/file_descriptor.hpp"
#include "core/base/posix_listing.hpp"

namespace vcs::agent::watch {

// Not valid where there is none, or where we may not look.
inline base::FileDescriptor open_kernel_folder(const std::string& path) {
  return base::FileDescriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// A file that the kernel writes anew for whoever reads it from its beginning. Stays open: to open
// it costs more than to read it.
class KernelFile {
 public:
  explicit KernelFile(std::string path) : path_(std::move(path)) {}
  // All of it, as it is now; "" if it cannot be read.
  std::string text() {
    if (!file_.valid()) file_ = base::FileDescriptor(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    std::array<char, 4096> page;
    const auto read_on = [&] {
      return pread(file_.get(), page.data(), page.size(), static_cast<off_t>(text.size()));
    };
    for (ssize_t size = 0; file_.valid() && (size = read_on()) > 0;)
      text.append(page.data(), static_cast<std::size_t>(size));
    return text;
  }

 private:
  const std::string path_;
  base::FileDescriptor file_;
};

inline std::string kernel_text(const std::string& path) {
  return KernelFile(path).text();
}

}  // namespace vcs::agent::watch
