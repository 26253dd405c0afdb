// SPDX-License-Identifier: Apache-2.0
// Adds up the resident sizes in /proc/self/smaps.
#include "tests/support/mapped_memory.hpp"

#include <fstream>

namespace vcs::test {

#ifdef __linux__
std::size_t mapped_in_memory(const std::string& folder) {
  std::ifstream maps("/proc/self/smaps");
  std::size_t kilobytes = 0;
  bool wanted = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.starts_with("Rss:") && wanted) kilobytes += std::stoul(line.substr(4));
    const bool is_head = line.find('-') < line.find(':');
    if (is_head) wanted = line.find(folder) != std::string::npos;
  }
  return kilobytes;
}
#endif

}  // namespace vcs::test
