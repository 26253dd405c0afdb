// SPDX-License-Identifier: Apache-2.0
// The index against a model, through reopening, merging and damage.
#include "core/index/index.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "tests/unit/core/index/index_fixture.hpp"

namespace vcs::index {
namespace {

using test::apply_to;
using test::content_of;
using test::id_of_number;
using test::Model;
using test::open_index;

std::string only_file(const test::TemporaryFolder& folder, const std::string& prefix) {
  std::string found;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(prefix)) continue;
    CHECK(found.empty());
    found = entry.path();
  }
  return found;
}

void require_same(const Index& index, const Model& model, std::uint64_t tag) {
  REQUIRE(content_of(index) == model);
  REQUIRE(index.stats().entries == model.size());
  REQUIRE(index.tag() == id_of_number(tag));
}

Model first_not_below(const Model& model, const std::string& folder) {
  Model rest;
  for (auto at = model.upper_bound(folder); at != model.end(); ++at) {
    if (at->first.starts_with(folder + "/")) continue;
    rest.insert(*at);
    break;
  }
  return rest;
}

void check_cursor(const Index& index, const Model& model, test::SeededRandom& random) {
  const auto cursor = index.cursor();
  for (int i = 0; i < 200; ++i) {
    const std::string path = test::random_path(random);
    const auto known = model.find(path);
    const auto found = index.find(path);
    REQUIRE(found.has_value() == (known != model.end()));
    if (found) REQUIRE(*found == known->second);

    cursor->seek(path);
    const auto expected = model.lower_bound(path);
    REQUIRE(cursor->valid() == (expected != model.end()));
    if (cursor->valid()) {
      REQUIRE(cursor->path() == expected->first);
      REQUIRE(cursor->entry() == expected->second);
    }
    const std::string folder = path.substr(0, path.rfind('/'));
    cursor->seek_past(folder);
    const Model after = first_not_below(model, folder);
    REQUIRE(cursor->valid() == !after.empty());
    if (cursor->valid()) REQUIRE(cursor->path() == after.begin()->first);
  }
}

}  // namespace

TEST_CASE("index: a new one is empty and describes no commit") {
  const test::TemporaryFolder folder;
  for (int i = 0; i < 2; ++i) {
    const auto index = open_index(folder.path());
    CHECK_FALSE(index->was_reset());
    CHECK(index->tag().is_zero());
    CHECK(index->stats().entries == 0);
    CHECK(content_of(*index).empty());
    CHECK_FALSE(index->find("a"));
  }
}

TEST_CASE("index: agrees with a model whatever is done to it") {
  test::SeededRandom random(test::test_seed());
  const test::TemporaryFolder folder;
  auto index = open_index(folder.path());
  Model model;
  std::uint64_t tag = 0;
  REQUIRE(index->apply({}, id_of_number(tag)));
  for (int step = 0; step < 150; ++step) {
    const std::uint64_t action = random.below(20);
    if (action == 0) {
      REQUIRE(index->merge());
    } else if (action < 4) {
      index.reset();
      index = open_index(folder.path());
      REQUIRE_FALSE(index->was_reset());
    } else if (action == 4 && random.one_in(4)) {
      REQUIRE(index->clear());
      REQUIRE(index->tag().is_zero());
      model.clear();
      REQUIRE(index->apply({}, id_of_number(++tag)));
    } else {
      const auto changes = test::random_changes(random, 1 + random.below(60));
      REQUIRE(index->apply(changes, id_of_number(++tag)));
      apply_to(model, changes);
    }
    if (step % 5 == 0) {
      require_same(*index, model, tag);
      check_cursor(*index, model, random);
    }
  }
  require_same(*index, model, tag);
}

TEST_CASE("index: the whole tree is below the root") {
  const test::TemporaryFolder folder;
  const auto index = open_index(folder.path());
  REQUIRE(index->apply({{"a", IndexEntry{}}, {"b", IndexEntry{}}}, id_of_number(1)));
  const auto cursor = index->cursor();
  cursor->seek_past("");
  CHECK_FALSE(cursor->valid());
  cursor->seek("b");
  CHECK(cursor->valid());
}

TEST_CASE("index: a cursor may seek past its own path") {
  const test::TemporaryFolder folder;
  const auto index = open_index(folder.path());
  REQUIRE(index->apply({{"a", IndexEntry{}}, {"a/x", IndexEntry{}}, {"a!", IndexEntry{}}},
                       id_of_number(1)));
  REQUIRE(index->merge());
  const auto cursor = index->cursor();
  cursor->seek("a");
  cursor->seek_past(cursor->path());
  REQUIRE(cursor->valid());
  CHECK(cursor->path() == "a!");
}

TEST_CASE("index: a large apply becomes a base file at once") {
  const test::TemporaryFolder folder;
  std::vector<IndexChange> changes;
  Model model;
  constexpr int kEntries = 200'000;
  for (int i = 0; i < kEntries; ++i) {
    IndexEntry entry;
    entry.inode = static_cast<std::uint64_t>(i), entry.size = 1000, entry.mode = 0644;
    entry.content = {object::ContentKind::blob, id_of_number(static_cast<std::uint64_t>(i))};
    changes.push_back({fmt::format("folder{:04}/file{:05}.cpp", i / 100, i), entry});
  }
  auto index = open_index(folder.path());
  REQUIRE(index->apply({{"zz", IndexEntry{}}}, id_of_number(1)));
  REQUIRE(index->apply(changes, id_of_number(2)));
  CHECK_FALSE(index->wants_merge());
  CHECK(index->stats().entries == kEntries + 1);
  CHECK(index->stats().journal_bytes < 100);
  CHECK(index->stats().base_bytes < kEntries * std::uint64_t{100});
  index = open_index(folder.path());
  CHECK(index->tag() == id_of_number(2));
  const auto cursor = index->cursor();
  int count = 0;
  for (cursor->seek(""); cursor->valid() && count < kEntries; cursor->next(), ++count) {
    if (cursor->entry().inode != static_cast<std::uint64_t>(count)) FAIL(cursor->path());
  }
  CHECK(count == kEntries);
  REQUIRE(cursor->valid());
  CHECK(cursor->path() == "zz");
}

TEST_CASE("index: a grown journal asks for a merge, which leaves one generation") {
  test::SeededRandom random(test::test_seed());
  const test::TemporaryFolder folder;
  const auto index = open_index(folder.path());
  Model model;
  std::uint64_t tag = 0;
  while (!index->wants_merge()) {
    REQUIRE(tag < 400);
    const auto changes = test::random_changes(random, 400, 3);
    REQUIRE(index->apply(changes, id_of_number(++tag)));
    apply_to(model, changes);
  }
  REQUIRE(index->merge());
  CHECK_FALSE(index->wants_merge());
  require_same(*index, model, tag);
  CHECK_FALSE(only_file(folder, "base-").empty());
  CHECK_FALSE(only_file(folder, "journal-").empty());
  require_same(*open_index(folder.path()), model, tag);
}

TEST_CASE("index: a journal torn at every byte gives one of the earlier states") {
  test::SeededRandom random(test::test_seed());
  const test::TemporaryFolder folder;
  std::vector<Model> states(1);
  {
    const auto index = open_index(folder.path());
    for (std::uint64_t tag = 1; tag <= 3; ++tag) {
      const auto changes = test::random_changes(random, 3);
      REQUIRE(index->apply(changes, id_of_number(tag)));
      states.push_back(states.back());
      apply_to(states.back(), changes);
    }
  }
  const std::string path = only_file(folder, "journal-");
  const std::string journal = test::read_file(path);
  for (std::size_t size = 0; size < journal.size(); ++size) {
    test::write_file(path, journal.substr(0, size));
    const auto index = open_index(folder.path());
    REQUIRE_FALSE(index->was_reset());
    std::size_t state = 0;
    while (state < 3 && index->tag() != (state == 0 ? object::ObjectId{} : id_of_number(state)))
      ++state;
    REQUIRE(state < 3);
    REQUIRE(content_of(*index) == states[state]);
    // Changes applied after the cut stay.
    REQUIRE(index->apply({{"after", IndexEntry{}}}, id_of_number(9)));
    REQUIRE(open_index(folder.path())->find("after"));
  }
}

TEST_CASE("index: a damaged base file is noticed, dropped and replaced") {
  test::SeededRandom random(test::test_seed());
  const test::TemporaryFolder folder;
  Model model;
  const auto changes = test::random_changes(random, 400, 20);
  apply_to(model, changes);
  {
    const auto index = open_index(folder.path());
    REQUIRE(index->apply(changes, id_of_number(1)));
    REQUIRE(index->merge());
  }
  const std::string base_path = only_file(folder, "base-");
  const std::string docket = test::read_file(folder / "current");
  const std::string base = test::read_file(base_path);
  const std::string journal_path = only_file(folder, "journal-");
  const std::string journal = test::read_file(journal_path);
  for (std::size_t i = 0; i < base.size(); i += 1 + random.below(997)) {
    std::string broken = base;
    broken[i] = static_cast<char>(broken[i] ^ 0x10);
    test::write_file(base_path, broken);
    test::write_file(journal_path, journal);
    test::write_file(folder / "current", docket);
    auto index = open_index(folder.path());
    const Model content = content_of(*index);
    for (const auto& [path, entry] : content) REQUIRE(model.at(path) == entry);
    REQUIRE(index->was_reset());
    REQUIRE(index->tag().is_zero());
    // An entry may be missing, so apply() refuses once and the index starts anew.
    if (!content.empty()) {
      const auto applied = index->apply({{"new", IndexEntry{}}}, id_of_number(2));
      REQUIRE_FALSE(applied);
      REQUIRE(applied.error().code == base::ErrorCode::corrupt);
      REQUIRE(index->stats().entries == 0);
    }
    REQUIRE(index->apply({{"new", IndexEntry{}}}, id_of_number(2)));
    REQUIRE_FALSE(index->was_reset());
    index = open_index(folder.path());
    REQUIRE_FALSE(index->was_reset());
    REQUIRE(content_of(*index) == Model{{"new", IndexEntry{}}});
  }
}

TEST_CASE("index: a merge never hides damage") {
  test::SeededRandom random(test::test_seed());
  const test::TemporaryFolder folder;
  {
    const auto index = open_index(folder.path());
    REQUIRE(index->apply(test::random_changes(random, 400, 20), id_of_number(1)));
    REQUIRE(index->merge());
  }
  const std::string path = only_file(folder, "base-");
  std::string base = test::read_file(path);
  base[base.size() / 3] = static_cast<char>(base[base.size() / 3] ^ 1);
  test::write_file(path, base);
  const auto index = open_index(folder.path());
  REQUIRE_FALSE(index->was_reset());
  const auto merged = index->merge();
  REQUIRE_FALSE(merged);
  CHECK(merged.error().code == base::ErrorCode::corrupt);
  CHECK(index->was_reset());
  CHECK(index->tag().is_zero());
  CHECK(content_of(*index).empty());
}

TEST_CASE("index: missing or foreign files mean a reset, with a word about it") {
  const test::TemporaryFolder folder;
  REQUIRE(open_index(folder.path())->apply({{"a", IndexEntry{}}}, id_of_number(1)));
  SECTION("no docket") {
    std::filesystem::remove(folder / "current");
  }
  SECTION("an empty docket") {
    test::write_file(folder / "current", "");
  }
  SECTION("a huge docket") {
    test::write_file(folder / "current", std::string(10'000, 'x'));
  }
  SECTION("no base") {
    std::filesystem::remove(only_file(folder, "base-"));
  }
  SECTION("an empty base") {
    test::write_file(only_file(folder, "base-"), "");
  }
  SECTION("a base of text") {
    test::write_file(only_file(folder, "base-"), std::string(999, 'x'));
  }
  int warnings = 0;
  const base::Log log([&](base::LogLevel level, const std::string&) {
    warnings += level == base::LogLevel::warning;
  });
  const auto filesystem = base::make_posix_filesystem();
  const auto index = Index::open(*filesystem->open_directory(folder.path()), log);
  REQUIRE(index);
  CHECK((*index)->was_reset());
  CHECK((*index)->tag().is_zero());
  CHECK(warnings == 1);
  REQUIRE((*index)->apply({{"b", IndexEntry{}}}, id_of_number(2)));
  CHECK_FALSE(open_index(folder.path())->was_reset());
  CHECK_FALSE(only_file(folder, "base-").empty());
}

TEST_CASE("index: a missing journal only lets it lag") {
  const test::TemporaryFolder folder;
  {
    const auto index = open_index(folder.path());
    REQUIRE(index->apply({{"a", IndexEntry{}}}, id_of_number(1)));
    REQUIRE(index->merge());
    REQUIRE(index->apply({{"b", IndexEntry{}}}, id_of_number(2)));
  }
  std::filesystem::remove(only_file(folder, "journal-"));
  const auto index = open_index(folder.path());
  CHECK_FALSE(index->was_reset());
  require_same(*index, {{"a", IndexEntry{}}}, 1);
}

TEST_CASE("index: left-over files of other generations are swept") {
  const test::TemporaryFolder folder;
  REQUIRE(open_index(folder.path())->apply({{"a", IndexEntry{}}}, id_of_number(1)));
  for (const char* name : {"base-00000077", "journal-00000077", "base-00000000", "current.tmp0"})
    test::write_file(folder / name, "left over");
  const auto index = open_index(folder.path());
  CHECK(index->find("a"));
  CHECK_FALSE(only_file(folder, "base-").empty());
  CHECK_FALSE(only_file(folder, "journal-").empty());
  CHECK(only_file(folder, "current") == folder / "current");
  // The next generation gets a number that no left-over file had.
  REQUIRE(index->merge());
  CHECK(only_file(folder, "base-") == folder / "base-00000078");
}

}  // namespace vcs::index
