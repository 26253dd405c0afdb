// SPDX-License-Identifier: Apache-2.0
// A pack of a remote, whatever it holds: the store takes only objects that fit their ids, and the
// import reports what it cannot take.
//
// The first byte chooses how the rest is read: as a pack, or as its frames, with right checksums
// and perhaps with true ids and an index.
#include "core/object/hasher.hpp"
#include "core/remote/layout/remote_envelope.hpp"
#include "core/sync/frame_importer.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/sealed_frames.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/simulated_disk.hpp"

using namespace vcs;

namespace {

// The frames unchanged, as a pack with an index of them.
base::Bytes with_index(base::ByteView frames) {
  remote::layout::PackBuilder builder;
  while (const auto header = pack::decode_frame_header(frames)) {
    const std::size_t length = std::min<std::size_t>(header->total_length(), frames.size());
    std::vector<remote::layout::RemoteObjectId> ids;
    for (const pack::FrameObject& object : header->objects) ids.push_back(object.id.bytes);
    if (!ids.empty())
      builder.add(static_cast<std::uint8_t>(header->kind), ids, frames.first(length));
    frames = frames.subspan(length);
  }
  remote::layout::PackIndex index;
  return builder.finish(index);
}

base::Bytes pack_of(std::uint8_t form, base::ByteView input) {
  if (form % 4 == 0) return {input.begin(), input.end()};
  const auto ids = form % 4 == 1 ? fuzz::Ids::as_given : fuzz::Ids::true_hashes;
  const base::Bytes frames = fuzz::seal_frames(input, ids);
  if (form % 4 == 3) return with_index(frames);
  base::Bytes pack;
  remote::layout::begin_envelope(remote::layout::EnvelopeType::pack, pack);
  pack.insert(pack.end(), frames.begin(), frames.end());
  return pack;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const base::Bytes pack = pack_of(data[0], {data + 1, size - 1});
  const test::ManualClock clock;
  test::SimulatedDisk disk(clock);
  const auto store = store::ObjectStore::open(*disk.make_directories("/packs", 0700), {}, {});
  FUZZ_REQUIRE(store.has_value());
  sync::FrameImporter importer(**store, object::ObjectId{}, 1);
  std::vector<std::string> damage;
  const auto imported = importer.import_pack("pack", pack, damage);
  FUZZ_REQUIRE(imported || imported.error().code == base::ErrorCode::unsupported);
  std::uint64_t objects = 0;
  (*store)->for_each([&](const object::ObjectId& id, object::ObjectKind) {
    const auto bytes = (*store)->get(id);
    FUZZ_REQUIRE(bytes && object::hash_bytes(*bytes) == id);
    ++objects;
  });
  FUZZ_REQUIRE(objects <= importer.objects());
  for (const std::string& sentence : damage) FUZZ_REQUIRE(!sentence.empty());
  return 0;
}
