// SPDX-License-Identifier: Apache-2.0
// The part of the seam that few need and not every filesystem knows. Each call answers
// `unsupported` where it cannot be made.
#pragma once

#include "core/base/filesystem.hpp"

namespace vcs::base {

// Swaps what two names of a folder lead to, in one step.
Result<void> exchange(Directory& directory, const std::string& one, const std::string& other);
Result<void> set_mode(Directory& directory, const std::string& name, std::uint32_t mode);
// The folder that this one lies in now, which need not be the one it was opened in.
Result<std::unique_ptr<Directory>> open_parent(Directory& directory);
// True where names may be added and never renamed or removed (chattr +a).
bool only_grows(Directory& directory);
// When it was made; 0: not told. Of two folders that had one number after each other it tells which
// is which.
UnixNanos born(Directory& directory);
// No error if it is not there.
Result<void> remove_extended_attribute(Directory& directory, const std::string& name);
Result<void> remove_extended_attribute(File& file, const std::string& name);

// What a Directory and a File implement beside their own, if they can.
class SpecialDirectory {
 public:
  virtual ~SpecialDirectory() = default;
  virtual Result<void> exchange(const std::string& one, const std::string& other) = 0;
  virtual Result<void> set_mode(const std::string& name, std::uint32_t mode) = 0;  // of no symlink
  virtual Result<std::unique_ptr<Directory>> open_parent() = 0;
  virtual bool only_grows() = 0;
  virtual UnixNanos born() = 0;
  virtual Result<void> remove_extended_attribute_self(const std::string& name) = 0;
};
class SpecialFile {
 public:
  virtual ~SpecialFile() = default;
  virtual Result<void> remove_extended_attribute(const std::string& name) = 0;
};

}  // namespace vcs::base
