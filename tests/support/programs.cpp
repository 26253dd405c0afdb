// SPDX-License-Identifier: Apache-2.0
// Asks the shell.
#include "tests/support/programs.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/support/real_agent.hpp"

namespace vcs::test {

std::string find_program(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (run_program({"sh", "-c", "command -v " + name}).status == 0) return name;
  if (std::getenv("CI") != nullptr) FAIL(names.back() << " is missing in tools/packages.txt");
  WARN("skipped: " << names.back() << " is not installed");
  return "";
}

}  // namespace vcs::test
