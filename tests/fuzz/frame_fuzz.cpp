// A frame header that was accepted keeps to its limits; any payload decodes to its length or fails.
// The input is also walked as a whole pack would be: gaps and frames cover it without overlap.
#include "core/store/frame.hpp"

#include "core/store/pack_scan.hpp"
#include "tests/fuzz/require.hpp"

using namespace vcs;

namespace {

void check_frame(base::ByteView input) {
  const auto header = store::decode_frame_header(input);
  if (!header) return;
  FUZZ_REQUIRE(header->raw_length <= store::kLargestObject);
  FUZZ_REQUIRE(header->objects.size() <= store::kMostObjectsInFrame);
  FUZZ_REQUIRE(header->header_length <= input.size());
  std::uint64_t sum = 0;
  for (const store::FrameObject& object : header->objects) sum += object.length;
  FUZZ_REQUIRE(sum == header->raw_length);
  object::Decompressor decompressor;
  const auto plain = store::decode_frame_payload(*header, input, decompressor);
  FUZZ_REQUIRE(!plain || plain->size() == header->raw_length);
}

void check_pack(base::ByteView input) {
  store::PackReader reader(nullptr, 0, base::Bytes(input.begin(), input.end()));
  const auto scan = store::scan_pack(reader, 1);
  FUZZ_REQUIRE(scan.has_value());
  FUZZ_REQUIRE(scan->whole_end <= input.size());
  std::uint64_t end = 0;
  for (const store::PackGap& gap : scan->gaps) {
    FUZZ_REQUIRE(gap.begin >= end && gap.begin < gap.end);
    FUZZ_REQUIRE(gap.end <= input.size());
    end = gap.end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_frame({data, size});
  check_pack({data, size});
  return 0;
}
