// SPDX-License-Identifier: Apache-2.0
// Runs of entries: what is written is read, and nothing else is.
#include "core/index/entry_run.hpp"

#include "tests/unit/core/index/index_fixture.hpp"

namespace vcs::index {
namespace {

base::Bytes run_of(const std::vector<IndexChange>& changes) {
  base::Bytes bytes;
  RunWriter writer(bytes);
  for (const IndexChange& change : changes)
    writer.add(change.path, change.entry ? &*change.entry : nullptr);
  return bytes;
}

}  // namespace

TEST_CASE("index run: entries come back as they were") {
  test::SeededRandom random(test::test_seed());
  const auto changes = test::random_changes(random, 500);
  const base::Bytes bytes = run_of(changes);
  RunReader reader(bytes);
  for (const IndexChange& change : changes) {
    REQUIRE(reader.next());
    REQUIRE(reader.path() == change.path);
    REQUIRE(reader.removed() == !change.entry);
    if (change.entry) REQUIRE(reader.entry() == *change.entry);
  }
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.failed());
}

TEST_CASE("index run: cut anywhere it ends early, never wrongly") {
  test::SeededRandom random(test::test_seed());
  const auto changes = test::random_changes(random, 12);
  const base::Bytes bytes = run_of(changes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const base::Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    RunReader reader(cut);
    std::size_t count = 0;
    while (reader.next()) {
      REQUIRE(reader.path() == changes[count].path);
      ++count;
    }
    REQUIRE(count < changes.size());
    CHECK_FALSE(reader.next());
  }
}

TEST_CASE("index run: malformed fields are refused") {
  const auto refused = [](base::Bytes bytes) {
    RunReader reader(bytes);
    return !reader.next() && reader.failed();
  };
  CHECK(refused({1, 1, 'a', 0}));                 // shares a byte with no path
  CHECK(refused({0, 5, 'a', 0}));                 // longer than the run
  CHECK(refused({0, 1, 'a'}));                    // no head
  CHECK(refused({0, 1, 'a', 0x40}));              // unknown bit
  CHECK(refused({0, 1, 'a', 0x04}));              // no type
  CHECK(refused({0, 1, 'a', 0x0d, 0, 0, 0}));     // unknown kind of content
  CHECK(refused({0, 1, 'a', 0x01, 0, 0, 0, 0}));  // no time
  CHECK(refused({0x80, 0, 1, 'a', 0}));           // a padded number
  CHECK(refused(base::Bytes(11, 0xff)));          // a number of more than 64 bits
  CHECK(refused({0, 1, 'a', 0x01, 0xff, 0xff, 0xff, 0xff, 0x1f, 0, 0}));  // mode of 33 bits
}

TEST_CASE("index run: an ordinary entry takes less than 100 bytes") {
  IndexEntry entry;
  entry.mode = 0644, entry.size = 12345, entry.inode = 12'345'678;
  entry.mtime = base::unix_nanos(1'700'000'000'123'456'789);
  entry.ctime = entry.mtime + std::chrono::milliseconds(20);
  entry.content = {object::ContentKind::blob, test::id_of_number(1)};
  base::Bytes bytes;
  RunWriter writer(bytes);
  writer.add("drivers/net/ethernet/intel/e1000/e1000_hw.c", &entry);
  const std::size_t first = bytes.size();
  writer.add("drivers/net/ethernet/intel/e1000/e1000_main.c", &entry);
  CHECK(bytes.size() - first < 100);
}

}  // namespace vcs::index
