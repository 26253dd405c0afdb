// SPDX-License-Identifier: Apache-2.0
// Makes system calls fail as on filesystems that do not support them: for one thread, and for the
// threads and programs that it starts.
#pragma once

#include <functional>
#include <vector>

namespace vcs::test {

struct RefusedCall {
  long number = 0;  // SYS_…
  int os_error = 0;
  int flags = -1;  // refuse only if the argument with this number (from 0) is not zero; -1: always
};

// The calls that FAT, exFAT, many network shares and filesystems in user space refuse: hard links,
// renames that do not replace, syncs of folders, extended attributes.
std::vector<RefusedCall> calls_of_a_poor_filesystem();

// Runs `work` in a thread of its own for which these calls fail; rethrows what it throws. False:
// the system allows no filter; the test's output says so, and the caller must skip the case.
bool with_refused(const std::vector<RefusedCall>& calls, const std::function<void()>& work);

}  // namespace vcs::test
