// SPDX-License-Identifier: Apache-2.0
// Decides how many rounds the endless tests run, and reports what they have counted.
#pragma once

#include <cstdint>
#include <string>

namespace vcs::test {

// VCS_TEST_ROUNDS of the environment, else `usual`.
std::uint64_t test_rounds(std::uint64_t usual);
// Of many like steps a test tries every `stride`th one. Returns `stride`, times four under a
// sanitizer, which makes each step slow.
std::uint64_t test_stride(std::uint64_t stride);
// True if VCS_TEST_ROUNDS is set: then tests report what they have counted.
bool rounds_are_given();
// Writes one line of counts to the standard error.
void report_counts(const std::string& line);

}  // namespace vcs::test
