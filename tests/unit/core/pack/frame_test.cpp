// SPDX-License-Identifier: Apache-2.0
// Frames: round trips, limits, and every kind of damage.
#include "core/pack/frame.hpp"

#include <catch2/catch.hpp>

#include "tests/support/seeded_random.hpp"
#include "tests/unit/core/pack/pack_fixture.hpp"

namespace vcs::pack {
namespace {

std::string random_text(test::SeededRandom& random, std::size_t size) {
  std::string text(size, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return text;
}

void check_round_trip(const std::vector<std::string>& texts) {
  const EncodedFrame frame = frame_of(texts);
  const FrameHeader header = test::must(decode_frame_header(frame.bytes));
  REQUIRE(header.total_length() == frame.bytes.size());
  REQUIRE(header.objects == frame.header.objects);
  REQUIRE(header.objects.size() == texts.size());
  REQUIRE(frame_payload_is_whole(header, frame.bytes));
  object::Decompressor decompressor;
  std::string joined;
  for (const std::string& text : texts) joined += text;
  REQUIRE(base::as_text(test::must(decode_frame_payload(header, frame.bytes, decompressor))) ==
          joined);
}

TEST_CASE("frame: what was encoded is decoded") {
  test::SeededRandom random(7);
  check_round_trip({""});
  check_round_trip({"", "a", ""});
  check_round_trip({std::string(100'000, 'x')});
  check_round_trip({random_text(random, 70'000), "short", std::string(300, 'y')});
}

TEST_CASE("frame: compression is kept only where it pays") {
  test::SeededRandom random(8);
  REQUIRE(frame_of({std::string(1000, 'x')}).header.compressed);
  const EncodedFrame raw = frame_of({random_text(random, 1000)});
  REQUIRE_FALSE(raw.header.compressed);
  REQUIRE(raw.header.stored_length == 1000);
}

TEST_CASE("frame: no objects, or too many bytes, are refused") {
  object::Compressor compressor;
  REQUIRE(encode_frame(object::ObjectKind::blob, {}, 1, compressor).error().code ==
          base::ErrorCode::invalid);
  const base::Bytes half(kLargestObject / 2 + 1);
  const std::vector<FrameInput> two{{object::ObjectId{}, half}, {object::ObjectId{}, half}};
  REQUIRE(encode_frame(object::ObjectKind::blob, two, 1, compressor).error().code ==
          base::ErrorCode::invalid);
}

TEST_CASE("frame: every flipped byte and every cut is noticed") {
  const EncodedFrame frame = frame_of({"one", std::string(500, 'z'), "three"});
  for (std::size_t i = 0; i < frame.bytes.size(); ++i) {
    base::Bytes damaged = frame.bytes;
    damaged[i] ^= 0x40;
    const auto header = decode_frame_header(damaged);
    REQUIRE_FALSE((header && frame_payload_is_whole(*header, damaged)));
  }
  for (std::size_t size = 0; size < frame.bytes.size(); ++size) {
    const base::ByteView cut = base::ByteView(frame.bytes).first(size);
    const auto header = decode_frame_header(cut);
    REQUIRE_FALSE((header && frame_payload_is_whole(*header, cut)));
  }
}

TEST_CASE("frame: a sync mark is a frame without objects") {
  const EncodedFrame mark = encode_sync_mark();
  const FrameHeader header = test::must(decode_frame_header(mark.bytes));
  REQUIRE(header.objects.empty());
  REQUIRE(header.commit_point);
  REQUIRE(header.total_length() == mark.bytes.size());
  REQUIRE(frame_payload_is_whole(header, mark.bytes));
  REQUIRE_FALSE(is_merge_mark(header));
}

TEST_CASE("frame: a merge mark is told from a sync mark and from a blob") {
  const EncodedFrame mark = encode_merge_mark();
  const FrameHeader header = test::must(decode_frame_header(mark.bytes));
  REQUIRE(is_merge_mark(header));
  REQUIRE(frame_payload_is_whole(header, mark.bytes));
  REQUIRE_FALSE(is_merge_mark(frame_of({""}).header));
}

}  // namespace
}  // namespace vcs::pack
