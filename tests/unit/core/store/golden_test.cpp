// SPDX-License-Identifier: Apache-2.0
// Bytes that every later version must read.
#include <catch2/catch.hpp>

#include "core/history/ref_file.hpp"
#include "core/pack/pack_file.hpp"
#include "core/pack/pack_index.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/core/store/store_fixture.hpp"

namespace vcs::store {
namespace {

base::Bytes joined(const std::vector<base::Bytes>& parts) {
  base::Bytes out;
  for (const base::Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

// A commit is full of ids and is not compressed, so that another zstd does not change its bytes.
std::string golden_commit() {
  return commit_text("a tree", 2, id_of("a parent"));
}

TEST_CASE("store formats: a pack is what it always was") {
  test::require_golden("store/pack.bin",
                       joined({pack::encode_pack_header(1), frame_of({"hello\n", "world\n"}).bytes,
                               frame_of({golden_commit()}, object::ObjectKind::commit, true).bytes,
                               pack::encode_sync_mark().bytes}));
}

TEST_CASE("store formats: a pack that was written once can be read") {
  StoreBox box;
  auto prepared = box.open();
  test::write_file(box.pack(1), std::string(base::as_text(test::golden_bytes("store/pack.bin"))));
  auto store = box.open();
  REQUIRE(store->recovery().torn_bytes == 0);
  REQUIRE(get_text(*store, id_of("world\n")) == "world\n");
  REQUIRE(store->recovery().commit_points == std::vector{id_of(golden_commit())});
}

TEST_CASE("store formats: a merged pack is what it always was") {
  test::require_golden("store/merged_pack.bin",
                       joined({pack::encode_pack_header(2), pack::encode_merge_mark().bytes,
                               frame_of({"hello\n", "world\n"}).bytes}));
}

TEST_CASE("store formats: the index of a merged pack is what it always was") {
  const pack::EncodedFrame blobs = frame_of({"hello\n", "world\n"});
  pack::PackContents contents;
  contents.merged = true;
  contents.level = 9;
  contents.table.insert_frame(pack::kPackHeaderSize + pack::encode_merge_mark().bytes.size(),
                              blobs.header);
  const base::Bytes bytes = pack::encode_pack_index(2, 174, contents);
  test::require_golden("store/merged_pack_index.bin", bytes);
  const pack::PackIndex index = test::must(pack::PackIndex::parse(bytes));
  REQUIRE(index.merged());
  REQUIRE(index.level() == 9);
  REQUIRE(index.with_level(9) == bytes);
  const base::Bytes raised = index.with_level(12);
  REQUIRE(pack::PackIndex::parse(raised)->level() == 12);
  REQUIRE(pack::PackIndex::parse(raised)->merged());
}

TEST_CASE("store formats: a merged pack that was written once can be read") {
  StoreBox box;
  auto prepared = box.open();
  for (const auto& [path, golden] : {std::pair{box.pack(2), "store/merged_pack.bin"},
                                     std::pair{box.index(2), "store/merged_pack_index.bin"}})
    test::write_file(path, std::string(base::as_text(test::golden_bytes(golden))));
  auto store = box.open();
  REQUIRE(store->recovery().damage.empty());
  REQUIRE(get_text(*store, id_of("world\n")) == "world\n");
  REQUIRE(store->check_index(2).empty());
}

TEST_CASE("store formats: a compressed frame that was written once can be read") {
  const base::Bytes golden = test::golden_bytes("store/compressed_frame.bin");
  const pack::FrameHeader header = test::must(pack::decode_frame_header(golden));
  REQUIRE(header.compressed);
  REQUIRE(pack::frame_payload_is_whole(header, golden));
  object::Decompressor decompressor;
  const base::Bytes plain = test::must(pack::decode_frame_payload(header, golden, decompressor));
  REQUIRE(base::as_text(plain) == std::string(1000, 'x'));
}

TEST_CASE("store formats: a pack index is what it always was") {
  pack::PackContents contents;
  contents.table.insert(
      pack::IndexRecord::make(id_of("hello\n"), 16, 0, 6, object::ObjectKind::blob));
  contents.table.insert(
      pack::IndexRecord::make(id_of("world\n"), 16, 6, 6, object::ObjectKind::blob));
  contents.torn = {{500, 12}};
  contents.commit_points = {id_of("a commit")};
  const base::Bytes bytes = pack::encode_pack_index(3, 1000, contents);
  test::require_golden("store/pack_index.bin", bytes);
  REQUIRE(pack::PackIndex::parse(bytes)->find(id_of("world\n"))->object_offset == 6);
}

TEST_CASE("store formats: a ref is what it always was") {
  const base::Bytes bytes = history::encode_ref(id_of("a commit"));
  test::require_golden("store/ref.bin", bytes);
  REQUIRE(test::must(history::decode_ref(bytes)) == id_of("a commit"));
}

}  // namespace
}  // namespace vcs::store
