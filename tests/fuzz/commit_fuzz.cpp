// SPDX-License-Identifier: Apache-2.0
// A commit that was accepted keeps to its limits and has one encoding.
#include <algorithm>

#include "core/object/commit.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView input(data, size);
  const auto commit = object::decode_commit(input);
  if (!commit) {
    FUZZ_REQUIRE(commit.error().code == base::ErrorCode::corrupt);
    return 0;
  }
  FUZZ_REQUIRE(commit->message.size() <= object::kMaxMessageBytes);
  FUZZ_REQUIRE(commit->device.size() <= object::kMaxDeviceBytes);
  FUZZ_REQUIRE(!commit->parent || !commit->parent->is_zero());
  FUZZ_REQUIRE(commit->kind == object::CommitKind::automatic ||
               commit->kind == object::CommitKind::manual);
  FUZZ_REQUIRE(std::ranges::equal(object::encode_commit(*commit), input));
  return 0;
}
