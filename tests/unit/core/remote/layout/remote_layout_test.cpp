// SPDX-License-Identifier: Apache-2.0
// Tests of core/remote/layout/remote_layout.
#include "core/remote/layout/remote_layout.hpp"

#include <catch2/catch.hpp>

#include "core/remote/layout/crc64.hpp"
#include "core/remote/layout/remote_envelope.hpp"
#include "core/remote/layout/remote_pack.hpp"
#include "core/remote/remote_store.hpp"

namespace vcs::test {

namespace {

using base::Bytes;
using base::ErrorCode;
using namespace vcs::remote;
using namespace vcs::remote::layout;

const std::string kId = "00112233445566778899aabbccddeeff";
const std::string kDevice = "0123456789abcdef";

RemoteConfig config() {
  return {kId, 1, 131072, 7, Encryption::none, {1, 2}, {"a-1", "b"}};
}

RemoteObjectId object_id(std::uint8_t fill) {
  RemoteObjectId id;
  id.fill(fill);
  return id;
}

Bytes small_pack(PackIndex& index) {
  PackBuilder builder;
  const std::vector<RemoteObjectId> ids = {object_id(1), object_id(2), object_id(3)};
  builder.add(1, std::span(ids).first(2), Bytes(100, 'x'));
  builder.add(4, std::span(ids).last(1), Bytes(50, 'y'));
  return builder.finish(index);
}

// Requires that decoding refuses every single flipped bit and every shorter length.
template <typename Decode>
void check_damage_is_noticed(const Bytes& whole, const Decode& decode) {
  REQUIRE(decode(whole));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes damaged = whole;
      damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ (1 << bit));
      CHECK_FALSE(decode(damaged));
    }
    CHECK_FALSE(decode(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at))));
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK_FALSE(decode(longer));
}

}  // namespace

TEST_CASE("remote layout: the checksum is CRC-64/XZ") {
  CHECK(crc64(base::as_bytes("123456789")) == 0x995DC9BBDF1939FA);
  CHECK(crc64({}) == 0);
}

TEST_CASE("remote layout: names are valid object names and can be read back") {
  for (const std::string& name :
       {pack_name(kId), index_name(kId), ref_name(kDevice, kHeadRef), device_name(kDevice)})
    CHECK(is_valid_object_name(name));
  CHECK(pack_name(kId) == "packs/00/" + kId);
  CHECK(parse_pack_name(pack_name(kId)) == kId);
  CHECK(parse_index_name(index_name(kId)) == kId);
  CHECK(parse_ref_name("refs/0123456789abcdef/a/b")->ref == "a/b");
  CHECK(is_kept_ref("kept-0123456789abcdef"));
  for (const char* ref : {"head", "kept-", "kept-0123456789abcde", "kept-0123456789ABCDEF",
                          "kept-0123456789abcdef0", "kept-0123456789abcdeg"})
    CHECK_FALSE(is_kept_ref(ref));
  for (const char* name : {"packs/01/00112233445566778899aabbccddeeff", "packs/00/0011", "packs/",
                           "packs/00/00112233445566778899AABBCCDDEEFF", "config", "", "packs/00"})
    CHECK_FALSE(parse_pack_name(name));
  CHECK_FALSE(parse_index_name("index/1"));
  for (const char* name : {"refs/short/head", "refs/0123456789abcdef", "refs/0123456789abcdef/",
                           "refs//head", "heads/0123456789abcdef/head"})
    CHECK_FALSE(parse_ref_name(name));
}

TEST_CASE("remote layout: config, ref and indexes come back as they were") {
  CHECK(decode_remote_config(encode_remote_config(config())).value() == config());
  const RemoteRef ref{object_id(9), base::unix_nanos(-5), 77};
  CHECK(decode_remote_ref(encode_remote_ref(ref)).value() == ref);
  const RemoteDevice device{"desk", "notes", "/home/ada/\xff\n"};
  CHECK(decode_remote_device(encode_remote_device(device)).value() == device);
  CHECK(decode_remote_device(encode_remote_device({})).value() == RemoteDevice{});
  PackIndex index;
  const Bytes pack = small_pack(index);
  CHECK(index.frames == std::vector<PackFrame>{{1, 8, 100, 2}, {4, 108, 50, 1}});
  CHECK(decode_pack_index(encode_pack_index(index)).value() == index);
  CHECK(read_pack_trailer(pack, pack.size()).value() == index);
  const std::vector<SegmentPack> packs = {{kId, pack.size(), index},
                                          {std::string(32, 'f'), 16, {}}};
  CHECK(decode_segment(encode_segment(packs)).value() == packs);
  CHECK(decode_segment(encode_segment({})).value().empty());
}

TEST_CASE("remote layout: a pack's index is found from its tail alone") {
  PackIndex index;
  const Bytes pack = small_pack(index);
  const std::size_t length = pack_trailer_length(base::ByteView(pack).last(kPackFooter)).value();
  CHECK(read_pack_trailer(base::ByteView(pack).last(length), pack.size()).value() == index);
  CHECK_FALSE(read_pack_trailer(base::ByteView(pack).last(length - 1), pack.size()));
  CHECK_FALSE(read_pack_trailer(pack, pack.size() + 1));
}

TEST_CASE("remote layout: every flipped bit and every cut is noticed") {
  check_damage_is_noticed(encode_remote_config(config()),
                          [](const Bytes& b) { return decode_remote_config(b).has_value(); });
  check_damage_is_noticed(encode_remote_ref({object_id(1), base::unix_nanos(2), 3}),
                          [](const Bytes& b) { return decode_remote_ref(b).has_value(); });
  check_damage_is_noticed(encode_remote_device({"desk", "notes", "/home/ada/notes"}),
                          [](const Bytes& b) { return decode_remote_device(b).has_value(); });
  PackIndex index;
  const Bytes pack = small_pack(index);
  check_damage_is_noticed(encode_segment(std::vector<SegmentPack>{{kId, pack.size(), index}}),
                          [](const Bytes& b) { return decode_segment(b).has_value(); });
  check_damage_is_noticed(encode_pack_index(index),
                          [](const Bytes& b) { return decode_pack_index(b).has_value(); });
}

TEST_CASE("remote layout: numbers of objects that overflow when they are added are refused") {
  Bytes bytes;
  begin_envelope(EnvelopeType::pack_index, bytes);
  base::ByteWriter writer(bytes);
  // The first two counts overflow to zero when added; each other count is one.
  std::vector<std::uint64_t> counts{2, UINT64_MAX - 1};
  counts.resize(12, 1);
  writer.varint(counts.size());
  for (const std::uint64_t count : counts) {
    writer.u8(1);
    writer.varint(100);
    writer.varint(count);
  }
  for (std::uint8_t id = 0; id < 10; ++id) writer.bytes(object_id(id));
  end_envelope(bytes);
  CHECK(decode_pack_index(bytes).error().code == ErrorCode::corrupt);
}

TEST_CASE("remote layout: newer versions and encryption are unsupported, not corrupt") {
  for (const std::size_t at : {5u, 6u}) {
    Bytes bytes;
    begin_envelope(EnvelopeType::ref, bytes);
    bytes[at] = 9;
    end_envelope(bytes);
    CHECK(decode_remote_ref(bytes).error().code == ErrorCode::unsupported);
  }
  RemoteConfig strange = config();
  CHECK(check_supported(strange).error().code == ErrorCode::unsupported);
  strange.features.clear();
  CHECK(check_supported(strange).has_value());
  strange.encryption = static_cast<Encryption>(1);
  CHECK(check_supported(decode_remote_config(encode_remote_config(strange)).value()).error().code ==
        ErrorCode::unsupported);
}

TEST_CASE("remote layout: counts that lie about what follows are refused without being believed") {
  Bytes bytes;
  begin_envelope(EnvelopeType::pack_index, bytes);
  base::ByteWriter writer(bytes);
  writer.varint(1);
  writer.u8(1);
  writer.varint(10);
  writer.varint(UINT64_MAX / 2);
  end_envelope(bytes);
  CHECK(decode_pack_index(bytes).error().code == ErrorCode::corrupt);
  Bytes segment;
  begin_envelope(EnvelopeType::segment, segment);
  base::ByteWriter(segment).varint(UINT64_MAX);
  end_envelope(segment);
  CHECK(decode_segment(segment).error().code == ErrorCode::corrupt);
}

}  // namespace vcs::test
