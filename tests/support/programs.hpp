// SPDX-License-Identifier: Apache-2.0
// Finds programs of others that a test needs.
#pragma once

#include <string>
#include <vector>

namespace vcs::test {

// The first of `names` that is installed. "": none is; the test's output says that it is skipped.
// Where the variable CI is set, the test fails instead: tools/packages.txt installs them all there.
std::string find_program(const std::vector<std::string>& names);

}  // namespace vcs::test
