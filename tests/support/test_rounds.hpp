// SPDX-License-Identifier: Apache-2.0
// How long tests that can go on for ever do, and what they have seen.
#pragma once

#include <cstdint>
#include <string>

namespace vcs::test {

// VCS_TEST_ROUNDS of the environment, else `usual`.
std::uint64_t test_rounds(std::uint64_t usual);
// Of steps that are all alike, every `stride`th is tried: under a sanitizer, which makes each slow,
// one in four of those.
std::uint64_t test_stride(std::uint64_t stride);
// Somebody at the desk has asked for so many rounds, and wants to know what was seen.
bool rounds_are_given();
// One line of what was seen, for whoever counts.
void report_counts(const std::string& line);

}  // namespace vcs::test
