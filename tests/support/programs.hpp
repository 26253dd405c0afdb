// SPDX-License-Identifier: Apache-2.0
// Programs that are not ours and that a test needs.
#pragma once

#include <string>
#include <vector>

namespace vcs::test {

// The first of these that is installed. "": none, and the test is skipped, which is said aloud;
// where the variable CI is set, everything in tools/packages.txt is installed, and the test fails.
std::string find_program(const std::vector<std::string>& names);

}  // namespace vcs::test
