// SPDX-License-Identifier: Apache-2.0
// Cuts one File::write_past_cache into the parts that reach the disk, or not, on their own.
#pragma once

#include <algorithm>
#include <vector>

#include "core/base/bytes.hpp"

namespace vcs::test {

struct WritePart {
  std::uint64_t offset;
  base::ByteView bytes;
  bool past_cache;
};

// Pieces of whole blocks go past the cache, the rest at both ends goes through it. The block is the
// smallest that devices have, and short writes go past the cache too: tests write little.
inline std::vector<WritePart> parts_past_cache(base::ByteView bytes, std::uint64_t offset) {
  constexpr std::size_t kBlock = 512, kPiece = std::size_t{512} << 10;
  std::vector<WritePart> parts;
  const auto take = [&](std::size_t length, bool past_cache) {
    if (length > 0) parts.push_back({offset, bytes.first(length), past_cache});
    bytes = bytes.subspan(length);
    offset += length;
  };
  const auto head = static_cast<std::size_t>((kBlock - offset % kBlock) % kBlock);
  take(std::min(head, bytes.size()), false);
  while (bytes.size() >= kBlock) take(std::min(bytes.size() / kBlock * kBlock, kPiece), true);
  take(bytes.size(), false);
  return parts;
}

}  // namespace vcs::test
