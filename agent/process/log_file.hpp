// SPDX-License-Identifier: Apache-2.0
// The log of an agent in the background: a file with a bounded size, reopened when somebody has
// moved it away. Standard error goes there as well.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/file_descriptor.hpp"
#include "core/base/guarded.hpp"
#include "core/base/result.hpp"

namespace vcs::agent::process {

// Thread-safe.
class LogFile {
 public:
  // A file of so many bytes is renamed to PATH.1, in place of the former PATH.1.
  static constexpr std::uint64_t kLargest = 16u << 20;
  static Result<std::unique_ptr<LogFile>> open(std::string path, std::uint64_t largest = kLargest);

  void write(std::string_view line);
  // Sends standard error here, too: libraries and the system write to it.
  void take_standard_error();
  // Opens the path again after somebody has moved the file away. On an error the open file stays.
  Result<void> reopen();

 private:
  LogFile(std::string path, std::uint64_t largest) : path_(std::move(path)), largest_(largest) {}
  Result<void> open_file() VCS_REQUIRES(mutex_);
  void bound() VCS_REQUIRES(mutex_);

  const std::string path_;
  const std::uint64_t largest_;
  base::Mutex mutex_;
  base::FileDescriptor file_ VCS_GUARDED_BY(mutex_);
  std::uint64_t size_ VCS_GUARDED_BY(mutex_) = 0, limit_ VCS_GUARDED_BY(mutex_) = 0;
  bool is_standard_error_ VCS_GUARDED_BY(mutex_) = false;
};

}  // namespace vcs::agent::process
