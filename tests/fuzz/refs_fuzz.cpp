// A ref that was accepted has exactly one encoding.
#include <algorithm>

#include "core/store/ref_file.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView input(data, size);
  const auto commit = store::decode_ref(input);
  if (!commit) return 0;
  FUZZ_REQUIRE(std::ranges::equal(store::encode_ref(*commit), input));
  return 0;
}
