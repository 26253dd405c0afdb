// SPDX-License-Identifier: Apache-2.0
// Reads small files and folders of /proc and /sys, often: it makes few system calls, and every
// error means "nothing there".
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "core/base/file_descriptor.hpp"

namespace vcs::agent::watch {

// Not valid if there is no such folder, or we may not read it.
inline base::FileDescriptor open_kernel_folder(const std::string& path) {
  return base::FileDescriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// The kernel fills a buffer with whole lines or entries, and they are short. So if half of the
// buffer is empty, nothing more would come, and we need not ask again.
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

// A file whose content the kernel makes anew for each read from its beginning. It stays open,
// because opening costs more than reading.
class KernelFile {
 public:
  explicit KernelFile(std::string path) : path_(std::move(path)) {}
  // The whole content as it is now; "" if it cannot be read.
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
