// SPDX-License-Identifier: Apache-2.0
// Mounts that only this process and the programs that it starts can see.
#pragma once

#include <string>

namespace vcs::test {

// The first call moves the process into a mount namespace of its own, for good. False: the system
// refuses; the test's output says so, and the caller must skip the case.
bool has_own_mounts();

// A mount that lives as long as this object; the constructor throws if mount() fails.
class Mount {
 public:
  Mount(const std::string& source, const std::string& target, const char* type, unsigned long flags,
        const char* options = nullptr);
  ~Mount();
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  // False: somebody keeps it busy.
  bool unmount();

 private:
  std::string target_;
};

}  // namespace vcs::test
