// SPDX-License-Identifier: Apache-2.0
// A ref that was accepted has exactly one encoding.
#include <algorithm>

#include "core/history/ref_file.hpp"
#include "core/object/checksum.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

namespace {

void check(base::ByteView input) {
  const auto commit = history::decode_ref(input);
  if (commit) {
    FUZZ_REQUIRE(std::ranges::equal(history::encode_ref(*commit), input));
  } else {
    FUZZ_REQUIRE(commit.error().code == base::ErrorCode::corrupt ||
                 commit.error().code == base::ErrorCode::unsupported);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({data, size});
  // Adds the right checksum, which no fuzzer guesses.
  base::Bytes sealed(data, data + size);
  base::ByteWriter(sealed).u64(object::checksum64({data, size}));
  check(sealed);
  return 0;
}
