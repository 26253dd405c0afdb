// SPDX-License-Identifier: Apache-2.0
// What the system says of the filesystem of an open folder. For core/base/posix/*.cpp only.
#pragma once

#include <string>

namespace vcs::base::posix {

// Such as "ext4"; empty: unknown.
std::string filesystem_name(int fd);

// True if syncfs(2) promises there as much as fsync(2) of each file: the filesystem flushes the
// disk's own cache, and the kernel reports what it could not write.
bool syncs_as_one(int fd);

}  // namespace vcs::base::posix
