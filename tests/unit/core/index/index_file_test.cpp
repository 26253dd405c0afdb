// SPDX-License-Identifier: Apache-2.0
// The base file on its own: seeks against a sorted list, and hostile bytes.
#include "core/index/index_file.hpp"

#include "core/object/checksum.hpp"
#include "tests/unit/core/index/index_fixture.hpp"

namespace vcs::index {
namespace {

constexpr std::uint32_t kGeneration = 3;

base::Bytes base_of(const test::Model& model, const object::ObjectId& tag) {
  const test::TemporaryFolder folder;
  const auto directory = *base::make_posix_filesystem()->open_directory(folder.path());
  {
    const auto file = *directory->open_file("base", base::OpenMode::create_new);
    BaseWriter writer(*file, kGeneration);
    for (const auto& [path, entry] : model) REQUIRE(writer.add(path, entry));
    REQUIRE(writer.finish(tag));
    REQUIRE(file->stat()->size == writer.bytes());
  }
  return *base::read_file(*directory, "base");
}

test::Model random_model(test::SeededRandom& random, std::size_t draws, std::uint64_t names) {
  test::Model model;
  test::apply_to(model, test::random_changes(random, draws, names));
  return model;
}

// Requires that every entry of a walk is in `truth`, even if the file is damaged; counts them.
std::size_t walk_and_check(const BaseFile& base, const test::Model& truth) {
  BaseCursor cursor(base);
  std::size_t count = 0;
  for (cursor.seek(""); cursor.valid(); cursor.next(), ++count) {
    const auto found = truth.find(cursor.path());
    REQUIRE(found != truth.end());
    REQUIRE(found->second == cursor.entry());
  }
  return count;
}

}  // namespace

TEST_CASE("index base: holds what was written") {
  test::SeededRandom random(test::test_seed());
  const test::Model model = random_model(random, 5000, 20);
  const base::Bytes bytes = base_of(model, test::id_of_number(9));
  const auto base = BaseFile::parse(bytes, kGeneration);
  REQUIRE(base);
  CHECK((*base)->entries() == model.size());
  CHECK((*base)->tag() == test::id_of_number(9));
  CHECK((*base)->blocks() > 20);
  CHECK(walk_and_check(**base, model) == model.size());
  CHECK_FALSE((*base)->damaged());
}

TEST_CASE("index base: what is read of a large one does not stay in memory") {
  struct CountingMapping final : base::Mapping {
    CountingMapping(const base::Bytes& all, std::size_t& times) : whole(all), trims(times) {}
    base::ByteView bytes() const override { return whole; }
    void trim() const override { ++trims; }
    const base::Bytes& whole;
    std::size_t& trims;
  };
  test::SeededRandom random(test::test_seed());
  std::size_t trims = 0;
  const auto open = [&](const base::Bytes& bytes) {
    return *BaseFile::open(std::make_unique<CountingMapping>(bytes, trims), kGeneration);
  };
  const auto enter = [](const BaseFile& base, int blocks) {
    while (blocks-- > 0) REQUIRE_FALSE(base.block(0).empty());
  };
  test::Model model = random_model(random, 500, 20);
  const base::Bytes small = base_of(model, {});
  enter(*open(small), 1000);
  CHECK(trims == 0);

  for (int i = 0; i < 3000; ++i) model[fmt::format("{:04}", i) + std::string(3000, 'x')] = {};
  const base::Bytes large = base_of(model, {});
  const auto base = open(large);
  enter(*base, 250);
  CHECK(trims == 0);
  enter(*base, 10);
  CHECK(trims == 1);
  enter(*base, 256);
  CHECK(trims == 2);
  CHECK(walk_and_check(*base, model) == model.size());
  const std::size_t before = trims;
  base->trim();
  CHECK(trims == before + 1);
}

TEST_CASE("index base: an empty one is whole") {
  const base::Bytes bytes = base_of({}, {});
  const auto base = BaseFile::parse(bytes, kGeneration);
  REQUIRE(base);
  BaseCursor cursor(**base);
  cursor.seek("");
  CHECK_FALSE(cursor.valid());
  cursor.seek("a");
  CHECK_FALSE(cursor.valid());
}

TEST_CASE("index base: seeks in any order find the first entry that is not before") {
  test::SeededRandom random(test::test_seed());
  const test::Model model = random_model(random, 3000, 20);
  const base::Bytes bytes = base_of(model, {});
  const auto base = *BaseFile::parse(bytes, kGeneration);
  BaseCursor cursor(*base);
  for (int i = 0; i < 20'000; ++i) {
    const std::string path = test::random_path(random, 22);
    cursor.seek(path);
    auto expected = model.lower_bound(path);
    for (std::uint64_t steps = random.below(3); steps > 0 && cursor.valid(); --steps) {
      cursor.next();
      ++expected;
    }
    REQUIRE(cursor.valid() == (expected != model.end()));
    if (cursor.valid()) REQUIRE(cursor.path() == expected->first);
  }
}

TEST_CASE("index base: an entry larger than a block has its place") {
  test::Model model;
  for (int i = 0; i < 5; ++i) model[std::string(5000 + static_cast<std::size_t>(i), 'x')] = {};
  const base::Bytes bytes = base_of(model, {});
  const auto base = *BaseFile::parse(bytes, kGeneration);
  CHECK(walk_and_check(*base, model) == model.size());
}

TEST_CASE("index base: every flipped byte is noticed and gives no wrong entry") {
  test::SeededRandom random(test::test_seed());
  const test::Model model = random_model(random, 120, 20);
  base::Bytes bytes = base_of(model, test::id_of_number(1));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t kept = bytes[i];
    bytes[i] = static_cast<std::uint8_t>(kept ^ (1u << random.below(8)));
    if (const auto base = BaseFile::parse(bytes, kGeneration)) {
      REQUIRE(walk_and_check(**base, model) < model.size());
      REQUIRE((*base)->damaged());
    }
    bytes[i] = kept;
  }
}

TEST_CASE("index base: cut or lengthened anywhere it is refused") {
  test::SeededRandom random(test::test_seed());
  const base::Bytes bytes = base_of(random_model(random, 30, 20), {});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    REQUIRE_FALSE(BaseFile::parse(base::ByteView(bytes).first(size), kGeneration));
  base::Bytes longer = bytes;
  longer.push_back(0);
  CHECK_FALSE(BaseFile::parse(longer, kGeneration));
  CHECK_FALSE(BaseFile::parse(bytes, kGeneration + 1));
  CHECK(BaseFile::parse(bytes, kGeneration));
}

}  // namespace vcs::index
