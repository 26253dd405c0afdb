// SPDX-License-Identifier: Apache-2.0
// System calls that are answered with errors, as filesystems do that do not know them: for one
// thread, and for the threads and programs that it starts.
#pragma once

#include <functional>
#include <vector>

namespace vcs::test {

struct RefusedCall {
  long number = 0;  // SYS_…
  int os_error = 0;
  int flags = -1;  // the argument that must not be zero for it to be refused, counted from 0
};

// What FAT, exFAT and many shares and filesystems in user space do not know: hard links, renames
// that do not replace, syncs of folders, extended attributes.
std::vector<RefusedCall> calls_of_a_poor_filesystem();

// Runs `work` in a thread of its own for which these calls fail; what it throws is thrown here.
// False, and a word about it in the test's output: the system does not let us, so that the case
// has to be left out.
bool with_refused(const std::vector<RefusedCall>& calls, const std::function<void()>& work);

}  // namespace vcs::test
