// SPDX-License-Identifier: Apache-2.0
// Small looks into /proc and /sys, which are made often: few system calls, and no error that would
// not mean "nothing there".
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "core/base/file_descriptor.hpp"

namespace vcs::agent::watch {

// Not valid where there is none, or where we may not look.
inline base::FileDescriptor open_kernel_folder(const std::string& path) {
  return base::FileDescriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// The kernel fills a buffer as far as whole lines or entries fit, and they are short: where half
// of it is empty nothing more would come, and it need not be asked for.
inline bool is_all_there_was(ssize_t size, std::size_t room) {
  return static_cast<std::size_t>(size) < room / 2;
}

#ifdef __linux__
// Calls `visitor` with each name in an open folder of /proc, once after it was opened.
template <typename Visitor>
void each_kernel_name(int folder, Visitor&& visitor) {
  alignas(dirent64) std::array<char, 4096> page;
  ssize_t size = 0;
  do {
    size = getdents64(folder, page.data(), page.size());
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(page.data() + at);
      if (entry->d_name[0] != '.') visitor(entry->d_name);
      at += entry->d_reclen;
    }
  } while (size > 0 && !is_all_there_was(size, page.size()));
}
#endif

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
    for (ssize_t size = 0; file_.valid() && (size = read_on()) > 0;) {
      text.append(page.data(), static_cast<std::size_t>(size));
      if (is_all_there_was(size, page.size())) break;
    }
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
