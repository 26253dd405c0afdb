// SPDX-License-Identifier: Apache-2.0
// A chunk list node that was accepted has entries with bytes, a sum, and one encoding.
#include <algorithm>

#include "core/object/chunk_list.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView input(data, size);
  const auto node = object::decode_chunk_list_node(input);
  if (!node) {
    FUZZ_REQUIRE(node.error().code == base::ErrorCode::corrupt);
    return 0;
  }
  FUZZ_REQUIRE(!node->entries.empty() && node->entries.size() <= 1024);
  for (const object::ChunkListEntry& entry : node->entries) {
    FUZZ_REQUIRE(entry.bytes > 0 && entry.bytes <= node->total_bytes());
    FUZZ_REQUIRE(entry.count > 0 && entry.bytes % entry.count == 0);
  }
  FUZZ_REQUIRE(std::ranges::equal(object::encode_chunk_list_node(*node), input));
  return 0;
}
