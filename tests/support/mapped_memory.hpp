// SPDX-License-Identifier: Apache-2.0
// What of mapped files lies in memory.
#pragma once

#include <cstddef>
#include <string>

namespace vcs::test {

#ifdef __linux__
// Of this process, of files below that folder; in KiB.
std::size_t mapped_in_memory(const std::string& folder);
#endif

}  // namespace vcs::test
