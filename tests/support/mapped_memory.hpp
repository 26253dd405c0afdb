// SPDX-License-Identifier: Apache-2.0
// How much of the mapped files lies in memory.
#pragma once

#include <cstddef>
#include <string>

namespace vcs::test {

#ifdef __linux__
// The resident part of this process's mappings of files below `folder`, in KiB.
std::size_t mapped_in_memory(const std::string& folder);
#endif

}  // namespace vcs::test
