// SPDX-License-Identifier: Apache-2.0
// A folder in memory (on the disk where the system has no /dev/shm), removed with all its content
// at the end: for tests that sync thousands of times and need no real disk.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

class QuickFolder {
 public:
  QuickFolder() {
    std::string pattern = "/dev/shm/vcsd-test-XXXXXX";
    path_ = mkdtemp(pattern.data()) ? pattern : fallback_.emplace().path();
  }
  ~QuickFolder() { std::filesystem::remove_all(path_, ignored_); }
  QuickFolder(const QuickFolder&) = delete;
  QuickFolder& operator=(const QuickFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::optional<TemporaryFolder> fallback_;
  std::string path_;
  std::error_code ignored_;
};

}  // namespace vcs::test
