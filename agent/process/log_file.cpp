// SPDX-License-Identifier: Apache-2.0
// Appends lines, and counts bytes to know when the bound is reached.
#include "agent/process/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace vcs::agent::process {

Result<std::unique_ptr<LogFile>> LogFile::open(std::string path, std::uint64_t largest) {
  std::unique_ptr<LogFile> log(new LogFile(std::move(path), largest));
  {
    const base::Lock lock(log->mutex_);
    VCS_TRY(log->open_file());
    log->bound();
  }
  return log;
}

// Follows a symlink: people put one there, and only the owner can write in the folder.
Result<void> LogFile::open_file() {
  base::FileDescriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.valid()) return base::fail_errno(errno, "opening " + path_);
  struct stat status {};
  size_ = fstat(file.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
  limit_ = largest_;
  file_ = std::move(file);
  if (is_standard_error_) dup2(file_.get(), STDERR_FILENO);
  return {};
}

// If the old file cannot be renamed, or no new one made, the log goes on in the old file and tries
// again after another `largest_` bytes.
void LogFile::bound() {
  if (size_ < limit_) return;
  const bool aside = std::rename(path_.c_str(), (path_ + ".1").c_str()) == 0;
  if (!aside || !open_file() || size_ >= limit_) limit_ = size_ + largest_;
}

void LogFile::write(std::string_view line) {
  const base::Lock lock(mutex_);
  size_ += line.size();
  while (!line.empty()) {
    const ssize_t written = ::write(file_.get(), line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;  // a full disk: only this line is lost
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  bound();
}

void LogFile::take_standard_error() {
  const base::Lock lock(mutex_);
  is_standard_error_ = true;
  dup2(file_.get(), STDERR_FILENO);
}

Result<void> LogFile::reopen() {
  const base::Lock lock(mutex_);
  return open_file();
}

}  // namespace vcs::agent::process
