// SPDX-License-Identifier: Apache-2.0
// Calls that few callers need and not every filesystem supports. A call that returns a Result
// returns `unsupported` where it cannot be made.
#pragma once

#include "core/base/filesystem.hpp"

namespace vcs::base {

// Swaps the entries of two names of a folder atomically.
Result<void> exchange(Directory& directory, const std::string& one, const std::string& other);
Result<void> set_mode(Directory& directory, const std::string& name, std::uint32_t mode);
// The folder that contains this one now. It need not be the one it was opened in.
Result<std::unique_ptr<Directory>> open_parent(Directory& directory);
// True if names may be added but not renamed or removed (chattr +a).
bool only_grows(Directory& directory);
// When the folder was created; 0: unknown. It distinguishes two folders that had the same inode
// number one after the other.
UnixNanos born(Directory& directory);
// Makes durable all that was written before to the filesystem of this folder, by any program: one
// call for many files. After an error the caller must give up the files that it was to make
// durable. `unsupported`, and nothing was tried, where File::sync() promises more: unknown kinds of
// filesystems, shares, Linux before 5.8 (it reports no failed writes here).
Result<void> sync_filesystem(Directory& directory);
// The kind of its filesystem as the system calls it, such as "ext4"; empty: unknown.
std::string filesystem_name(Directory& directory);
// No error if it is not there.
Result<void> remove_extended_attribute(Directory& directory, const std::string& name);
Result<void> remove_extended_attribute(File& file, const std::string& name);

// Interfaces that a Directory and a File implement as well, if they support these calls.
class SpecialDirectory {
 public:
  virtual ~SpecialDirectory() = default;
  virtual Result<void> exchange(const std::string& one, const std::string& other) = 0;
  virtual Result<void> set_mode(const std::string& name, std::uint32_t mode) = 0;  // not of a link
  virtual Result<std::unique_ptr<Directory>> open_parent() = 0;
  virtual bool only_grows() = 0;
  virtual UnixNanos born() = 0;
  virtual Result<void> sync_filesystem() = 0;
  virtual std::string filesystem_name() = 0;
  virtual Result<void> remove_extended_attribute_self(const std::string& name) = 0;
};
class SpecialFile {
 public:
  virtual ~SpecialFile() = default;
  virtual Result<void> remove_extended_attribute(const std::string& name) = 0;
};

}  // namespace vcs::base
