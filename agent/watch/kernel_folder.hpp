// SPDX-License-Identifier: Apache-2.0
// Small looks into /proc and /sys, which are made often: few system calls, and no error that would
// not mean "nothing there".
#pragma once

#ifdef __linux__
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/base/file_descriptor.hpp"
#include "core/base/posix_listing.hpp"

namespace vcs::agent::watch {

// Not valid where there is none, or where we may not look.
inline base::FileDescriptor open_kernel_folder(const std::string& path) {
  return base::FileDescriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// All of it; "" if it cannot be read.
inline std::string kernel_text(const std::string& path) {
  std::string text;
  const base::FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return text;
  std::array<char, 4096> page;
  while (const ssize_t size = std::max<ssize_t>(read(file.get(), page.data(), page.size()), 0))
    text.append(page.data(), static_cast<std::size_t>(size));
  return text;
}

}  // namespace vcs::agent::watch
#endif
