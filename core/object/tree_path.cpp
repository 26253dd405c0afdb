// SPDX-License-Identifier: Apache-2.0
// The keys of the tree: their order, which keys are valid, and which keys start a node.
#include <algorithm>
#include <bit>
#include <cstring>

#include "core/object/checksum.hpp"
#include "core/object/path_rank.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::object {
namespace {

constexpr std::uint64_t kBoundarySeed = 0x7663735F74726565;  // "vcs_tree"
constexpr unsigned kBoundaryBits = 5;                        // one key in 32

}  // namespace

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t length = std::min(a.size(), b.size());
  std::size_t i = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; length - i >= 8; i += 8) {
      std::uint64_t left = 0, right = 0;
      std::memcpy(&left, a.data() + i, 8);
      std::memcpy(&right, b.data() + i, 8);
      if (left != right) return i + static_cast<std::size_t>(std::countr_zero(left ^ right)) / 8;
    }
  }
  while (i < length && a[i] == b[i]) ++i;
  return i;
}

int compare_paths(std::string_view a, std::string_view b) {
  const std::size_t shared = common_prefix(a, b);
  if (shared < a.size() && shared < b.size()) return path_rank(a[shared]) - path_rank(b[shared]);
  return static_cast<int>(a.size() > b.size()) - static_cast<int>(a.size() < b.size());
}

bool is_valid_tree_path(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool starts_node(std::string_view path, std::uint8_t level) {
  const unsigned bits = kBoundaryBits * (level + 1u);
  const std::uint64_t hash = checksum64(base::as_bytes(path), kBoundarySeed);
  return bits < 64 ? (hash & ((std::uint64_t{1} << bits) - 1)) == 0 : hash == 0;
}

}  // namespace vcs::object
