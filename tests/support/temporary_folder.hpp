// SPDX-License-Identifier: Apache-2.0
// A folder for one test, removed with all its content at the end.
#pragma once

#include <string>

namespace vcs::test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Write and read whole files; an error throws and fails the test.
void write_file(const std::string& path, const std::string& content);
std::string read_file(const std::string& path);

// Removes a folder with all in it, also while somebody else removes or makes files there. The test
// fails if that is not done after a thousand rounds.
void remove_tree(const std::string& path);

}  // namespace vcs::test
