// SPDX-License-Identifier: Apache-2.0
// An accepted frame header keeps to its limits; a payload decodes to the length in the header or
// fails, and a decoded payload survives a new encoding. The input is also walked like a whole pack:
// gaps and frames cover it without overlap.
#include "core/pack/frame.hpp"

#include "core/pack/pack_scan.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/sealed_frames.hpp"

using namespace vcs;

namespace {

void check_round_trip(const pack::FrameHeader& header, const base::Bytes& plain) {
  std::vector<pack::FrameInput> objects;
  std::size_t offset = 0;
  for (const pack::FrameObject& object : header.objects) {
    objects.push_back({object.id, base::ByteView(plain).subspan(offset, object.length)});
    offset += object.length;
  }
  object::Compressor compressor;
  object::Decompressor decompressor;
  const auto frame = pack::encode_frame(header.kind, objects, 1, compressor, header.commit_point);
  FUZZ_REQUIRE(frame.has_value());
  const auto again = pack::decode_frame_header(frame->bytes);
  FUZZ_REQUIRE(again && again->objects == header.objects && again->kind == header.kind);
  FUZZ_REQUIRE(again->commit_point == header.commit_point);
  FUZZ_REQUIRE(again->total_length() == frame->bytes.size());
  FUZZ_REQUIRE(pack::frame_payload_is_whole(*again, frame->bytes));
  FUZZ_REQUIRE(pack::decode_frame_payload(*again, frame->bytes, decompressor) == plain);
}

void check_frame(base::ByteView input) {
  const auto header = pack::decode_frame_header(input);
  if (!header) return;
  FUZZ_REQUIRE(header->raw_length <= pack::kLargestObject);
  FUZZ_REQUIRE(header->stored_length <= header->raw_length);
  FUZZ_REQUIRE(header->objects.size() <= pack::kMostObjectsInFrame);
  FUZZ_REQUIRE(header->header_length <= input.size());
  FUZZ_REQUIRE(!header->objects.empty() || header->commit_point);
  std::uint64_t sum = 0;
  for (const pack::FrameObject& object : header->objects) sum += object.length;
  FUZZ_REQUIRE(sum == header->raw_length);
  object::Decompressor decompressor;
  const auto plain = pack::decode_frame_payload(*header, input, decompressor);
  if (!plain) return;
  FUZZ_REQUIRE(plain->size() == header->raw_length);
  if (!header->objects.empty() && plain->size() < 1'000'000) check_round_trip(*header, *plain);
}

void check_pack(base::ByteView input) {
  pack::PackReader reader(nullptr, 0, base::Bytes(input.begin(), input.end()));
  const auto scan = pack::scan_pack(reader, 1);
  FUZZ_REQUIRE(scan.has_value());
  FUZZ_REQUIRE(scan->whole_end <= input.size() && scan->proven_end <= scan->whole_end);
  std::uint64_t end = 0;
  for (const pack::PackGap& gap : scan->gaps) {
    FUZZ_REQUIRE(gap.begin >= end && gap.begin < gap.end);
    FUZZ_REQUIRE(gap.end <= input.size());
    end = gap.end;
  }
  for (const pack::IndexRecord& record : scan->contents.table.records()) {
    FUZZ_REQUIRE(record.frame_offset < scan->whole_end);
    FUZZ_REQUIRE(record.length() <= pack::kLargestObject);
    for (const pack::PackGap& gap : scan->gaps)
      FUZZ_REQUIRE(record.frame_offset < gap.begin || record.frame_offset >= gap.end);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView input(data, size);
  check_frame(input);
  check_pack(input);
  const base::Bytes sealed = fuzz::seal_frames(input, fuzz::Ids::as_given);
  check_frame(sealed);
  check_pack(sealed);
  return 0;
}
