// SPDX-License-Identifier: Apache-2.0
// Reads the environment; writes counts to the standard error.
#include "tests/support/test_rounds.hpp"

#include <cstdio>
#include <cstdlib>

namespace vcs::test {

std::uint64_t test_rounds(std::uint64_t usual) {
  const char* given = std::getenv("VCS_TEST_ROUNDS");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : usual;
}

std::uint64_t test_stride(std::uint64_t stride) {
#ifdef VCS_SANITIZED
  return stride * 4;
#else
  return stride;
#endif
}

bool rounds_are_given() {
  return std::getenv("VCS_TEST_ROUNDS") != nullptr;
}

void report_counts(const std::string& line) {
  std::fprintf(stderr, "counted: %s\n", line.c_str());
}

}  // namespace vcs::test
