// SPDX-License-Identifier: Apache-2.0
// The index's files, byte for byte.
#include "tests/support/golden.hpp"

#include "core/index/docket.hpp"
#include "core/index/index_file.hpp"
#include "core/index/journal.hpp"
#include "tests/unit/core/index/index_fixture.hpp"

namespace vcs::index {
namespace {

constexpr std::uint32_t kGeneration = 7;

IndexEntry entry_of(object::EntryType type, std::uint64_t number) {
  IndexEntry entry;
  entry.type = type;
  entry.mode = type == object::EntryType::directory ? 0755 : 0644;
  entry.size = 1000 * number;
  entry.inode = 4'000'000 + number;
  entry.mtime = base::unix_nanos(1'700'000'000'123'456'789);
  entry.ctime = entry.mtime + number * std::chrono::milliseconds(1);
  if (type == object::EntryType::directory) return entry;
  entry.content = {object::ContentKind::blob, test::id_of_number(number)};
  return entry;
}

test::Model golden_model() {
  test::Model model;
  model["src"] = entry_of(object::EntryType::directory, 0);
  model["src/main.cpp"] = entry_of(object::EntryType::file, 1);
  model["src/main.hpp"] = entry_of(object::EntryType::file, 2);
  model["src/main.hpp"].content.kind = object::ContentKind::chunks;
  model["src/now"] = entry_of(object::EntryType::symlink, 3);
  model["src/now"].recheck = true;
  return model;
}

}  // namespace

TEST_CASE("golden: the index's base file of version 1") {
  const test::TemporaryFolder folder;
  const auto directory = *base::make_posix_filesystem()->open_directory(folder.path());
  const auto file = *directory->open_file("base", base::OpenMode::create_new);
  BaseWriter writer(*file, kGeneration);
  const test::Model model = golden_model();
  for (const auto& [path, entry] : model) REQUIRE(writer.add(path, entry));
  REQUIRE(writer.finish(test::id_of_number(9)));
  test::require_golden("index/base.v1.bin", *base::read_file(*directory, "base"));

  const base::Bytes bytes = test::golden_bytes("index/base.v1.bin");
  const auto base = BaseFile::parse(bytes, kGeneration);
  REQUIRE(base);
  test::Model read;
  BaseCursor cursor(**base);
  for (cursor.seek(""); cursor.valid(); cursor.next())
    read[std::string(cursor.path())] = cursor.entry();
  CHECK(read == model);
  CHECK((*base)->tag() == test::id_of_number(9));
}

TEST_CASE("golden: the index's journal of version 1") {
  const test::TemporaryFolder folder;
  const auto directory = *base::make_posix_filesystem()->open_directory(folder.path());
  const auto journal = *Journal::create(*directory, "journal", kGeneration);
  base::Bytes run;
  RunWriter writer(run);
  const IndexEntry entry = entry_of(object::EntryType::file, 4);
  writer.add("src/main.cpp", &entry);
  writer.add("src/main.hpp", nullptr);
  REQUIRE(journal->append({test::id_of_number(10), 3, run}));
  REQUIRE(journal->append({test::id_of_number(11), 3, {}}));
  test::require_golden("index/journal.v1.bin", *base::read_file(*directory, "journal"));

  const base::Bytes bytes = test::golden_bytes("index/journal.v1.bin");
  JournalReader reader(bytes, kGeneration);
  const auto first = reader.next();
  REQUIRE(first);
  CHECK(first->tag == test::id_of_number(10));
  CHECK(base::as_text(first->run) == base::as_text(run));
  const auto second = reader.next();
  REQUIRE(second);
  CHECK(second->run.empty());
  CHECK_FALSE(reader.next());
  CHECK(reader.position() == bytes.size());
}

TEST_CASE("golden: the index's docket of version 1") {
  test::require_golden("index/docket.v1.bin", encode_docket(kGeneration));
  CHECK(*decode_docket(test::golden_bytes("index/docket.v1.bin")) == kGeneration);
}

}  // namespace vcs::index
