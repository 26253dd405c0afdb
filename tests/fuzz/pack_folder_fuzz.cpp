// SPDX-License-Identifier: Apache-2.0
// A folder of packs with any bytes in it: the store opens, unless a newer program wrote them; gives
// only objects that fit their ids; takes a commit, and has it after the next start.
//
// The first byte chooses whether the frames get right checksums and ids; the second, how much of
// the rest is an index.
#include "core/object/hasher.hpp"
#include "core/pack/frame.hpp"
#include "core/pack/pack_file.hpp"
#include "core/store/object_store.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/sealed_frames.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/simulated_disk.hpp"

using namespace vcs;

namespace {

constexpr const char* kFolder = "/packs";

base::Result<std::unique_ptr<store::ObjectStore>> open(test::SimulatedDisk& disk) {
  return store::ObjectStore::open(*disk.open_directory(kFolder), {}, {});
}

void lay_out(test::SimulatedDisk& disk, std::uint8_t form, base::ByteView index,
             base::ByteView frames) {
  const auto folder = disk.make_directories(kFolder, 0700);
  base::Bytes pack;
  if (form % 4 != 0) pack = pack::encode_pack_header(1);
  const base::Bytes sealed =
      fuzz::seal_frames(frames, form % 2 != 0 ? fuzz::Ids::true_hashes : fuzz::Ids::as_given);
  pack.insert(pack.end(), sealed.begin(), sealed.end());
  FUZZ_REQUIRE(base::replace_file(**folder, pack::pack_name(1), pack));
  if (!index.empty()) FUZZ_REQUIRE(base::replace_file(**folder, pack::index_name(1), index));
}

void check_reading(store::ObjectStore& store) {
  store.for_each([&](const object::ObjectId& id, object::ObjectKind) {
    const auto bytes = store.get(id);
    FUZZ_REQUIRE(!bytes || object::hash_bytes(*bytes) == id);
    FUZZ_REQUIRE(bytes || bytes.error().code == base::ErrorCode::corrupt ||
                 bytes.error().code == base::ErrorCode::not_found);
  });
  for (const std::uint32_t number : store.pack_numbers()) {
    std::uint64_t end = 0;
    store::PackVisitor visitor;
    visitor.frame = [&](std::uint64_t offset, const pack::FrameHeader& header,
                        base::ByteView frame) -> base::Result<void> {
      FUZZ_REQUIRE(offset >= end && frame.size() == header.total_length());
      end = offset + frame.size();
      return {};
    };
    visitor.damage = [](std::uint64_t, const std::string& what) { FUZZ_REQUIRE(!what.empty()); };
    FUZZ_REQUIRE(store.visit_pack(number, visitor));
    store.check_index(number);
  }
}

object::ObjectId commit(store::ObjectStore& store) {
  const std::string_view text = "a commit";
  const object::ObjectId id = object::hash_bytes(base::as_bytes(text));
  const pack::FrameInput input{id, base::as_bytes(text)};
  object::Compressor compressor;
  const auto frame =
      pack::encode_frame(object::ObjectKind::commit, {&input, 1}, 1, compressor, true);
  FUZZ_REQUIRE(frame && store.commit(*frame));
  return id;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const base::ByteView input(data + 2, size - 2);
  // Indexes are longer than a kilobyte, so the byte counts in steps of sixteen.
  const std::size_t index_size = std::min<std::size_t>(data[1] * std::size_t{16}, input.size());
  const test::ManualClock clock;
  test::SimulatedDisk disk(clock);
  lay_out(disk, data[0], input.first(index_size), input.subspan(index_size));
  auto store = open(disk);
  FUZZ_REQUIRE(store || store.error().code == base::ErrorCode::unsupported);
  if (!store) return 0;
  check_reading(**store);
  const object::ObjectId id = commit(**store);
  FUZZ_REQUIRE((*store)->get(id));
  store->reset();
  disk.process_dies();
  const auto again = open(disk);
  FUZZ_REQUIRE(again && (*again)->get(id));
  const auto points = (*again)->recovery().commit_points;
  FUZZ_REQUIRE(!points.empty() && points.back() == id);
  return 0;
}
