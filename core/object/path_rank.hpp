// SPDX-License-Identifier: Apache-2.0
// Helpers for the order of tree paths; the comparison and the node codec share them.
#pragma once

#include <cstddef>
#include <string_view>

namespace vcs::object {

// The rank of a byte in paths: '/' comes before every other byte.
inline int path_rank(char byte) {
  const int value = static_cast<unsigned char>(byte);
  if (value == '/') return 0;
  return value < '/' ? value + 1 : value;
}

// The length of the longest common prefix of `a` and `b`.
std::size_t common_prefix(std::string_view a, std::string_view b);

}  // namespace vcs::object
