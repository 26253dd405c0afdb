// SPDX-License-Identifier: Apache-2.0
// An index whose journal holds any runs: it opens, walks its entries in order, finds each of them,
// takes a change, and has everything after a merge and the next start.
//
// The first byte chooses how the rest is read: as bytes behind the journal's header, or as runs,
// each with its length before it, in records that get right checksums.
#include <map>

#include "core/index/docket.hpp"
#include "core/index/index.hpp"
#include "core/index/journal.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/simulated_disk.hpp"

using namespace vcs;

namespace {

constexpr const char* kFolder = "/index";
constexpr std::uint32_t kGeneration = 1;

std::unique_ptr<index::Index> open(test::SimulatedDisk& disk) {
  auto index = index::Index::open(*disk.make_directories(kFolder, 0700), {});
  FUZZ_REQUIRE(index.has_value());
  return std::move(*index);
}

void write_journal(test::SimulatedDisk& disk, bool sealed, base::ByteView input) {
  const auto folder = disk.open_directory(kFolder);
  const std::string name = index::journal_name(kGeneration);
  auto journal = base::read_file(**folder, name, 1000);
  FUZZ_REQUIRE(journal.has_value());
  std::uint64_t chain = index::JournalReader(*journal, kGeneration).chain();
  base::ByteReader reader(input);
  if (!sealed) base::ByteWriter(*journal).bytes(reader.bytes(input.size()));
  while (reader.remaining() > 0) {
    const std::size_t length = std::min<std::size_t>(reader.u8(), reader.remaining());
    const base::Bytes record = index::encode_journal_record({{}, 1, reader.bytes(length)}, chain);
    journal->insert(journal->end(), record.begin(), record.end());
  }
  FUZZ_REQUIRE(base::replace_file(**folder, name, *journal));
}

using Entries = std::map<std::string, index::IndexEntry, object::PathLess>;

Entries check_reading(const index::Index& index) {
  Entries entries;
  const auto cursor = index.cursor();
  std::string last;
  for (cursor->seek(""); cursor->valid(); cursor->next()) {
    FUZZ_REQUIRE(object::compare_paths(last, cursor->path()) < 0);
    last = cursor->path();
    entries.emplace(last, cursor->entry());
  }
  for (const auto& [path, entry] : entries) {
    FUZZ_REQUIRE(index.find(path) == entry);
    cursor->seek_past(path);
    FUZZ_REQUIRE(!cursor->valid() || object::compare_paths(path, cursor->path()) < 0);
  }
  return entries;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const test::ManualClock clock;
  test::SimulatedDisk disk(clock);
  open(disk);
  write_journal(disk, data[0] % 2 != 0, {data + 1, size - 1});
  Entries wanted;
  {
    const auto index = open(disk);
    FUZZ_REQUIRE(!index->was_reset());
    wanted = check_reading(*index);
    index::IndexEntry entry;
    entry.size = 4711;
    FUZZ_REQUIRE(index->apply({{"folder/file", entry}}, {}));
    wanted.insert_or_assign("folder/file", entry);
    FUZZ_REQUIRE(check_reading(*index) == wanted);
    FUZZ_REQUIRE(index->merge());
    FUZZ_REQUIRE(check_reading(*index) == wanted);
  }
  const auto again = open(disk);
  FUZZ_REQUIRE(!again->was_reset() && check_reading(*again) == wanted);
  return 0;
}
