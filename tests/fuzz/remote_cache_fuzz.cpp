// SPDX-License-Identifier: Apache-2.0
// The cache of a remote, from any bytes of its journal: it opens, gives nothing that makes no
// sense, gives the same when it is opened again, and takes the next entries.
//
// The first byte chooses how the rest is read: as the journal itself, or as records (type, length,
// body) that get right checksums.
#include "core/sync/remote_cache.hpp"

#include "core/object/checksum.hpp"
#include "core/remote/layout/remote_envelope.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/simulated_disk.hpp"

using namespace vcs;

namespace {

constexpr const char* kFolder = "/cache";
constexpr const char* kOwner = "0123456789abcdef0123456789abcdef";

base::Bytes in_envelope(remote::layout::EnvelopeType type, base::ByteView body) {
  base::Bytes bytes;
  remote::layout::begin_envelope(type, bytes);
  bytes.insert(bytes.end(), body.begin(), body.end());
  remote::layout::end_envelope(bytes);
  return bytes;
}

// Bodies of types 2 and 4 are segments, those of type 6 refs.
base::Bytes journal_of(base::ByteView input) {
  base::Bytes journal;
  base::ByteReader reader(input);
  while (reader.remaining() >= 2) {
    const std::uint8_t type = reader.u8(), length = reader.u8();
    const base::ByteView rest = reader.bytes(std::min<std::size_t>(length, reader.remaining()));
    base::Bytes checked{type};
    base::Bytes body(rest.begin(), rest.end());
    if (type == 2 || type == 4) body = in_envelope(remote::layout::EnvelopeType::segment, rest);
    if (type == 6 && !rest.empty()) body = in_envelope(remote::layout::EnvelopeType::ref, rest);
    checked.insert(checked.end(), body.begin(), body.end());
    base::ByteWriter writer(journal);
    writer.u32(static_cast<std::uint32_t>(body.size()));
    writer.bytes(checked);
    writer.u64(object::checksum64(checked));
  }
  return journal;
}

std::unique_ptr<sync::RemoteCache> open(test::SimulatedDisk& disk) {
  auto cache = sync::RemoteCache::open(*disk.open_directory(kFolder), base::Log());
  FUZZ_REQUIRE(cache.has_value());
  return std::move(*cache);
}

void check_state(const sync::RemoteCache& cache) {
  const bool empty = cache.needs_refresh();
  FUZZ_REQUIRE(empty || remote::layout::is_valid_pack_id(cache.repository_id()));
  FUZZ_REQUIRE(!empty || (!cache.head_bytes() && cache.loose_packs().empty()));
  if (cache.head_bytes()) {
    FUZZ_REQUIRE(remote::layout::decode_remote_ref(*cache.head_bytes()));
    FUZZ_REQUIRE(cache.is_complete(*cache.head()));
  }
}

void check_same(const sync::RemoteCache& cache, const sync::RemoteCache& again) {
  FUZZ_REQUIRE(again.repository_id() == cache.repository_id());
  FUZZ_REQUIRE(again.head_bytes() == cache.head_bytes());
  FUZZ_REQUIRE(again.loose_packs() == cache.loose_packs());
}

// A pack that was sent and confirmed is known, now and after the next start.
void check_next(sync::RemoteCache& cache, test::SimulatedDisk& disk) {
  remote::layout::SegmentPack pack;
  pack.id = "fedcba9876543210fedcba9876543210";
  pack.size = 100;
  const object::ObjectId id = object::ObjectId::from_bytes(base::Bytes(32, 7));
  pack.index = {{{1, 8, 50, 1}}, {id.bytes}};
  FUZZ_REQUIRE(cache.note_sending(pack) && cache.confirm(pack.id));
  FUZZ_REQUIRE(cache.knows(id));
  const auto again = open(disk);
  FUZZ_REQUIRE(again->knows(id));
  check_same(cache, *again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const base::ByteView input(data + 1, size - 1);
  const base::Bytes journal =
      data[0] % 2 == 0 ? base::Bytes(input.begin(), input.end()) : journal_of(input);
  const test::ManualClock clock;
  test::SimulatedDisk disk(clock);
  const auto folder = disk.make_directories(kFolder, 0700);
  FUZZ_REQUIRE(folder && base::replace_file(**folder, "journal", journal));
  FUZZ_REQUIRE(sync::KnownIds::write(**folder, "known-ids", kOwner, {}, {}));
  const auto cache = open(disk);
  check_state(*cache);
  check_same(*cache, *open(disk));
  if (!cache->needs_refresh()) check_next(*cache, disk);
  return 0;
}
