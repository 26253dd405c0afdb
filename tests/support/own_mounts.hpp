// SPDX-License-Identifier: Apache-2.0
// Mounts that nobody else sees: for this process and whatever it starts.
#pragma once

#include <string>

namespace vcs::test {

// From the first call on, for good. False, and a word about it in the test's output: the system
// does not let us, so the case has to be left out.
bool has_own_mounts();

// A mount for as long as this lives; throws if it cannot be had.
class Mount {
 public:
  Mount(const std::string& source, const std::string& target, const char* type, unsigned long flags,
        const char* options = nullptr);
  ~Mount();
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  // False where anybody keeps it busy.
  bool unmount();

 private:
  std::string target_;
};

}  // namespace vcs::test
