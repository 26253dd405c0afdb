// SPDX-License-Identifier: Apache-2.0
// Tests of core/restore/restore_parts: large files, in parts and with holes.
#include "core/restore/restore_parts.hpp"

#include <catch2/catch.hpp>

#include "core/object/chunk_list.hpp"
#include "tests/unit/core/restore/restore_bench.hpp"

using namespace vcs;
using namespace vcs::test;
using object::ObjectId;
using object::ObjectKind;
using restore::RestoreAction;
using restore::RestoreOptions;

namespace {

constexpr std::uint64_t kChunk = 4u << 20;

// A file of `count` chunks: zeros but for those at `data`, which begin with their number.
struct LargeFile : Bench {
  const std::size_t count;
  const std::set<std::size_t> data;
  std::map<std::size_t, ObjectId> data_ids;

  LargeFile(std::size_t chunks, std::set<std::size_t> with_data)
      : count(chunks), data(std::move(with_data)) {
    const ObjectId zeros = tree.store.put(ObjectKind::blob, base::Bytes(kChunk));
    std::vector<object::ChunkListEntry> list(count, {zeros, kChunk});
    for (const std::size_t at : data)
      list[at].id = data_ids[at] = tree.store.put(ObjectKind::blob, chunk_text(at));
    object::TreeEntry& entry = file("large", "");
    entry.size = count * kChunk;
    entry.content = {object::ContentKind::chunks,
                     must(object::build_chunk_list(list, [&](const ObjectId&, base::Bytes bytes) {
                       tree.store.put(ObjectKind::chunk_list, bytes);
                       return base::Result<void>();
                     }))};
  }

  static std::string chunk_text(std::size_t at) {
    std::string text = std::to_string(at);
    text.resize(10'000, 'x');
    text.resize(kChunk - 1);
    return text + 'e';
  }

  void check_content() {
    REQUIRE(std::filesystem::file_size(disk / "large") == count * kChunk);
    auto target_folder = target();
    const auto opened = must(target_folder->open_file("large", base::OpenMode::read));
    for (const std::size_t at : data) {
      base::Bytes found(kChunk);
      REQUIRE(must(opened->read_at(found, at * kChunk)) == kChunk);
      CHECK(base::as_text(found) == chunk_text(at));
    }
    // Holes take no space on the disk.
    CHECK(must(opened->stat()).blocks * 512 <= (data.size() + 1) * (64u << 10));
  }
};

RestoreOptions on(std::size_t threads, bool overwrite = false) {
  RestoreOptions options;
  options.threads = threads;
  options.overwrite = overwrite;
  return options;
}

}  // namespace

TEST_CASE("restorer: a large file is written in parts by several threads") {
  const std::size_t threads = GENERATE(std::size_t{1}, std::size_t{4});
  LargeFile large(40, {0, 7, 8, 15, 16, 31, 38});  // parts begin at multiples of eight
  const auto result = large.restore(on(threads));
  CHECK(result.created == 1);
  CHECK(result.bytes == 40 * kChunk);
  CHECK(large.progress.bytes_done == large.progress.bytes_total);
  large.check_content();

  CHECK(large.restore(on(threads)).unchanged == 1);
  write_file(large.disk / "other", "foreign");
  auto target = large.target();
  auto file = must(target->open_file("large", base::OpenMode::write_existing));
  must(file->write_at(base::as_bytes("!"), 33 * kChunk + 5));
  CHECK(large.restore(on(threads)).refused == 1);
  CHECK(large.restore(on(threads, true)).replaced == 1);
  large.check_content();
}

TEST_CASE("restorer: a hole of a hundred gigabytes costs what its list costs") {
  const std::size_t threads = GENERATE(std::size_t{1}, std::size_t{2});
  LargeFile large(25'600, {3, 25'599});
  const std::uint64_t before = large.tree.store.reads();
  CHECK(large.restore(on(threads)).created == 1);
  CHECK(large.tree.store.reads() - before < 1000);
  large.check_content();
  CHECK(large.restore(on(threads)).unchanged == 1);
  CHECK(large.tree.store.reads() - before < 2000);
}

TEST_CASE("restorer: a large file with a damaged chunk fails and leaves nothing behind") {
  const std::size_t threads = GENERATE(std::size_t{1}, std::size_t{4});
  LargeFile large(40, {5, 20, 39});
  large.tree.store.damage(large.data_ids.at(20));
  const auto result = large.restore(on(threads));
  CHECK(result.failed == 1);
  CHECK(large.on_disk().empty());
}

TEST_CASE("restorer: a large file whose list tells another size fails") {
  const std::size_t threads = GENERATE(std::size_t{1}, std::size_t{4});
  const bool longer = GENERATE(false, true);
  LargeFile large(40, {5});
  auto& entry = large.model.at("large");
  entry.size += longer ? kChunk : -kChunk;
  const auto result = large.restore(on(threads));
  CHECK(result.failed == 1);
  CHECK(large.on_disk().empty());
}
