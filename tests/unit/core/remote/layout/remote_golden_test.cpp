// SPDX-License-Identifier: Apache-2.0
// Golden tests of every kind of file at a remote: the bytes must never change.
#include <catch2/catch.hpp>
#include <numeric>

#include "core/remote/layout/remote_layout.hpp"
#include "core/remote/layout/remote_pack.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/must.hpp"

namespace {

using namespace vcs;
using test::golden_bytes;
using test::must;
using test::require_golden;

remote::layout::RemoteObjectId id_from(std::uint8_t first) {
  remote::layout::RemoteObjectId id{};
  std::iota(id.begin(), id.end(), first);
  return id;
}

TEST_CASE("remote golden: config") {
  remote::layout::RemoteConfig config;
  config.repository_id = "000102030405060708090a0b0c0d0e0f";
  config.chunker_algorithm = 1;
  config.chunker_average = 128 * 1024;
  config.chunker_seed = 0x0123456789abcdef;
  require_golden("remote/config.v1.bin", remote::layout::encode_remote_config(config));
  CHECK(must(remote::layout::decode_remote_config(golden_bytes("remote/config.v1.bin"))) == config);
}

TEST_CASE("remote golden: ref") {
  remote::layout::RemoteRef ref;
  ref.commit = id_from(1);
  ref.time = base::unix_nanos(1'700'000'000'123'456'789);
  ref.sequence = 42;
  require_golden("remote/ref.v1.bin", remote::layout::encode_remote_ref(ref));
  CHECK(must(remote::layout::decode_remote_ref(golden_bytes("remote/ref.v1.bin"))) == ref);
}

TEST_CASE("remote golden: device") {
  const remote::layout::RemoteDevice device{"desk", "notes", "/home/ada/notes"};
  require_golden("remote/device.v1.bin", remote::layout::encode_remote_device(device));
  CHECK(must(remote::layout::decode_remote_device(golden_bytes("remote/device.v1.bin"))) == device);
}

struct SmallPack {
  remote::layout::PackIndex index;
  base::Bytes bytes;
  SmallPack() {
    remote::layout::PackBuilder builder;
    const remote::layout::RemoteObjectId two[] = {id_from(2), id_from(3)};
    const remote::layout::RemoteObjectId one[] = {id_from(4)};
    builder.add(1, two, base::as_bytes("a frame with two objects"));
    builder.add(4, one, base::as_bytes("a commit"));
    bytes = builder.finish(index);
  }
};

TEST_CASE("remote golden: pack") {
  const SmallPack pack;
  require_golden("remote/pack.v1.bin", pack.bytes);
  const base::Bytes kept = golden_bytes("remote/pack.v1.bin");
  CHECK(must(remote::layout::read_pack_trailer(kept, kept.size())) == pack.index);
}

TEST_CASE("remote golden: segment") {
  const SmallPack pack;
  const remote::layout::SegmentPack packs[] = {
      {"00112233445566778899aabbccddeeff", pack.bytes.size(), pack.index}};
  require_golden("remote/segment.v1.bin", remote::layout::encode_segment(packs));
  const auto decoded = must(remote::layout::decode_segment(golden_bytes("remote/segment.v1.bin")));
  REQUIRE(decoded.size() == 1);
  CHECK(decoded[0] == packs[0]);
}

}  // namespace
