// SPDX-License-Identifier: Apache-2.0
// Tests of byte readers, writers and hexadecimal.
#include "core/base/bytes.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/seeded_random.hpp"

using namespace vcs::base;

namespace {

Bytes varint_bytes(std::uint64_t value) {
  Bytes out;
  ByteWriter(out).varint(value);
  return out;
}

}  // namespace

TEST_CASE("bytes: fixed numbers are little-endian") {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(0x01);
  writer.u16(0x0302);
  writer.u32(0x07060504);
  writer.u64(0x0f0e0d0c0b0a0908);
  writer.i64(-2);
  CHECK(to_hex(out) == "0102030405060708090a0b0c0d0e0ffeffffffffffffff");
  ByteReader reader(out);
  CHECK(reader.u8() == 0x01);
  CHECK(reader.u16() == 0x0302);
  CHECK(reader.u32() == 0x07060504);
  CHECK(reader.u64() == 0x0f0e0d0c0b0a0908);
  CHECK(reader.i64() == -2);
  CHECK(reader.finished());
}

TEST_CASE("bytes: varints come back, at every length") {
  for (unsigned bits = 0; bits <= 64; ++bits) {
    for (const std::uint64_t below : {0u, 1u}) {
      const std::uint64_t value = (bits == 64 ? 0 : std::uint64_t{1} << bits) - below;
      const Bytes bytes = varint_bytes(value);
      CHECK(bytes.size() <= 10);
      ByteReader reader(bytes);
      CHECK(reader.varint() == value);
      CHECK(reader.finished());
      Bytes out;
      ByteWriter(out).signed_varint(static_cast<std::int64_t>(value));
      ByteReader again(out);
      CHECK(again.signed_varint() == static_cast<std::int64_t>(value));
      CHECK(again.finished());
    }
  }
}

TEST_CASE("bytes: small signed numbers are short") {
  for (const std::int64_t value : {-64, -1, 0, 1, 63}) {
    Bytes out;
    ByteWriter(out).signed_varint(value);
    CHECK(out.size() == 1);
  }
}

TEST_CASE("bytes: a varint that is too long, padded or cut is refused") {
  const std::vector<Bytes> refused = {
      {},
      {0x80},
      {0x80, 0x00},                                                        // 0, padded
      {0xff, 0x80, 0x00},                                                  // 127, padded
      {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02},        // 65 bits
      {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01},  // 11 bytes
  };
  for (const Bytes& bytes : refused) {
    ByteReader reader(bytes);
    CHECK(reader.varint() == 0);
    CHECK(reader.failed());
    CHECK_FALSE(reader.finished());
  }
  const Bytes largest = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
  CHECK(ByteReader(largest).varint() == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("bytes: a short input fails the reader for good and yields zeros") {
  const Bytes three = {1, 2, 3};
  ByteReader reader(three);
  CHECK(reader.u32() == 0);
  CHECK(reader.failed());
  CHECK(reader.u8() == 0);
  CHECK(reader.bytes(1).empty());
  CHECK(reader.remaining() == 0);
  CHECK_FALSE(reader.finished());
}

TEST_CASE("bytes: a sized field that claims more than there is fails") {
  Bytes out;
  ByteWriter(out).varint(std::numeric_limits<std::uint64_t>::max());
  out.push_back('x');
  ByteReader reader(out);
  CHECK(reader.sized_bytes().empty());
  CHECK(reader.failed());
}

TEST_CASE("bytes: sized fields come back") {
  Bytes out;
  ByteWriter writer(out);
  writer.sized_text("");
  writer.sized_text(std::string(300, 'a'));
  ByteReader reader(out);
  CHECK(reader.sized_text().empty());
  CHECK(reader.sized_text() == std::string(300, 'a'));
  CHECK(reader.finished());
}

TEST_CASE("bytes: hexadecimal comes back and nonsense is refused") {
  vcs::test::SeededRandom random(vcs::test::test_seed());
  Bytes bytes(257);
  random.fill(bytes);
  Bytes back;
  REQUIRE(from_hex(to_hex(bytes), back));
  CHECK(back == bytes);
  REQUIRE(from_hex("aAfF09", back));
  CHECK(back == Bytes{0xaa, 0xff, 0x09});
  const Bytes before = back;
  for (const char* text : {"a", "abc", "0g", "g0", " a", "0x", "-1"})
    CHECK_FALSE(from_hex(text, back));
  CHECK(back == before);
  REQUIRE(from_hex("", back));
  CHECK(back.empty());
}
