// SPDX-License-Identifier: Apache-2.0
// The journal: records are whole or absent.
#include "core/index/journal.hpp"

#include "core/index/docket.hpp"
#include "tests/unit/core/index/index_fixture.hpp"

namespace vcs::index {
namespace {

constexpr std::uint32_t kGeneration = 5;

base::Bytes small_run(const std::string& path) {
  base::Bytes run;
  IndexEntry entry;
  entry.inode = 77;
  RunWriter(run).add(path, &entry);
  return run;
}

struct Seen {
  std::uint64_t entries;
  std::string run;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> records_in(base::ByteView bytes, std::uint32_t generation = kGeneration) {
  std::vector<Seen> seen;
  JournalReader reader(bytes, generation);
  while (const auto record = reader.next())
    seen.push_back({record->entries, std::string(base::as_text(record->run))});
  return seen;
}

// A journal file of five records, read back.
base::Bytes five_records() {
  const test::TemporaryFolder folder;
  const auto directory = *base::make_posix_filesystem()->open_directory(folder.path());
  {
    const auto journal = *Journal::create(*directory, "j", kGeneration);
    for (std::uint64_t i = 0; i < 5; ++i) {
      const base::Bytes run = small_run("file" + std::to_string(i));
      REQUIRE(journal->append({test::id_of_number(i), i, run}));
    }
  }
  return *base::read_file(*directory, "j");
}

bool is_prefix(const std::vector<Seen>& part, const std::vector<Seen>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

}  // namespace

TEST_CASE("index journal: cut at every byte it has the records that are whole") {
  const base::Bytes bytes = five_records();
  const auto whole = records_in(bytes);
  REQUIRE(whole.size() == 5);
  std::size_t most = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto part = records_in(base::ByteView(bytes).first(size));
    REQUIRE(part.size() < 5);
    REQUIRE(part.size() >= most);
    REQUIRE(is_prefix(part, whole));
    most = part.size();
  }
  CHECK(most == 4);
}

TEST_CASE("index journal: after a flipped byte only the records before it are left") {
  base::Bytes bytes = five_records();
  const auto whole = records_in(bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ (1u << bit));
      const auto part = records_in(bytes);
      REQUIRE(part.size() < 5);
      REQUIRE(is_prefix(part, whole));
      bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ (1u << bit));
    }
  }
}

TEST_CASE("index journal: another generation's has no records") {
  CHECK(records_in(five_records(), kGeneration + 1).empty());
}

TEST_CASE("index journal: a record behind another one than it was written behind is none") {
  // A record that an earlier write left behind may fit in place and length, but not in the chain.
  std::uint64_t chain = 1, other_chain = 2;
  const base::Bytes run = small_run("a");
  const base::Bytes here = encode_journal_record({{}, 1, run}, chain);
  const base::Bytes there = encode_journal_record({{}, 1, run}, other_chain);
  REQUIRE(here.size() == there.size());
  CHECK(here != there);

  const base::Bytes bytes = five_records();
  const auto journal_size = bytes.size();
  const std::size_t record = (journal_size - 16) / 5;
  base::Bytes without_second(bytes.begin(),
                             bytes.begin() + static_cast<std::ptrdiff_t>(16 + record));
  without_second.insert(without_second.end(),
                        bytes.begin() + static_cast<std::ptrdiff_t>(16 + 2 * record), bytes.end());
  CHECK(records_in(without_second).size() == 1);
}

TEST_CASE("index journal: an unsorted run is no record") {
  std::uint64_t chain = kGeneration;
  base::Bytes run = small_run("b");
  const base::Bytes second = small_run("a");
  run.insert(run.end(), second.begin(), second.end());
  const base::Bytes record = encode_journal_record({{}, 2, run}, chain);
  base::Bytes bytes = five_records();
  bytes.resize(16);
  bytes.insert(bytes.end(), record.begin(), record.end());
  CHECK(records_in(bytes).empty());
}

TEST_CASE("index docket: every flipped byte and every cut is noticed") {
  base::Bytes bytes = encode_docket(12);
  CHECK(*decode_docket(bytes) == 12);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 1;
    CHECK_FALSE(decode_docket(bytes));
    bytes[i] ^= 1;
    CHECK_FALSE(decode_docket(base::ByteView(bytes).first(i)));
  }
  bytes.push_back(0);
  CHECK_FALSE(decode_docket(bytes));
}

TEST_CASE("index docket: names and generations") {
  CHECK(base_name(7) == "base-00000007");
  CHECK(journal_name(4294967295u) == "journal-4294967295");
  CHECK(generation_of("base-00000007") == 7u);
  CHECK(generation_of("journal-4294967295") == 4294967295u);
  for (const char* other : {"base-", "base-x", "base-1x", "base--1", "base-4294967296", "current"})
    CHECK_FALSE(generation_of(other));
}

}  // namespace vcs::index
