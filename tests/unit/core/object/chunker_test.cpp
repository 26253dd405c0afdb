// SPDX-License-Identifier: Apache-2.0
// Tests the chunker: the fast loop against its definition, the limits, and that edits stay local.
#include "core/object/chunker.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "core/object/hasher.hpp"
#include "tests/unit/core/object/random_bytes.hpp"

namespace vcs::object {
namespace {

// Content of several shapes: noise, few symbols, runs, and short periods.
base::Bytes structured_bytes(std::mt19937_64& random, std::size_t size) {
  base::Bytes bytes = test::random_bytes(random, size);
  const std::uint64_t shape = random() % 4;
  const std::uint64_t period = 1 + random() % 300;
  for (std::size_t i = 0; i < size; ++i) {
    if (shape == 1) bytes[i] &= 3;
    if (shape == 2) bytes[i] = static_cast<std::uint8_t>(i / (period * 50));
    if (shape == 3 && i >= period) bytes[i] = bytes[i - period];
  }
  return bytes;
}

std::vector<base::ByteView> chunks_of(const Chunker& chunker, base::ByteView data) {
  std::vector<base::ByteView> chunks;
  while (!data.empty()) {
    const std::size_t length = chunker.next_cut(data);
    chunks.push_back(data.first(length));
    data = data.subspan(length);
  }
  return chunks;
}

std::set<ObjectId> ids_of(const std::vector<base::ByteView>& chunks) {
  std::set<ObjectId> ids;
  for (const base::ByteView chunk : chunks) ids.insert(hash_bytes(chunk));
  return ids;
}

}  // namespace

TEST_CASE("chunker: four bytes a step cut where one byte a step does") {
  const std::uint64_t test_seed = GENERATE(1, 2, 3);
  INFO("seed " << test_seed);
  std::mt19937_64 random(test_seed);
  for (int round = 0; round < 150; ++round) {
    const ChunkerParameters parameters{1, 4096u << random() % 3, random()};
    const Chunker chunker(parameters);
    // Start and end have any alignment, so that all tails of the unrolled loop run.
    const base::Bytes data = structured_bytes(random, random() % (6 * parameters.average));
    base::ByteView rest = base::ByteView(data).subspan(std::min<std::size_t>(data.size(), 3));
    while (!rest.empty()) {
      const std::size_t cut = chunker.next_cut(rest);
      REQUIRE(cut == chunker.next_cut_reference(rest));
      REQUIRE(cut > 0);
      rest = rest.subspan(cut);
    }
  }
}

TEST_CASE("chunker: every length around the limits is cut as defined") {
  std::mt19937_64 random(4);
  const Chunker chunker(ChunkerParameters{1, 4096, 9});
  const base::Bytes data = test::random_bytes(random, 4 * 4096 + 20);
  for (const std::size_t centre : {0, 1024, 4096, 16384}) {
    for (std::size_t size = centre < 10 ? 0 : centre - 10; size < centre + 10; ++size) {
      const base::ByteView view = base::ByteView(data).first(size);
      REQUIRE(chunker.next_cut(view) == chunker.next_cut_reference(view));
    }
  }
}

TEST_CASE("chunker: chunks keep to minimum and maximum, and are about average") {
  std::mt19937_64 random(5);
  const Chunker chunker(ChunkerParameters{1, 8192, 0});
  const base::Bytes data = test::random_bytes(random, 8 << 20);
  const auto chunks = chunks_of(chunker, data);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    REQUIRE(chunks[i].size() <= chunker.parameters().maximum());
    if (i + 1 < chunks.size()) REQUIRE(chunks[i].size() > chunker.parameters().minimum());
  }
  const double average = static_cast<double>(data.size()) / static_cast<double>(chunks.size());
  REQUIRE(average > 0.8 * 8192);
  REQUIRE(average < 1.4 * 8192);
}

TEST_CASE("chunker: a cut depends on nothing behind the maximum") {
  std::mt19937_64 random(6);
  const Chunker chunker(ChunkerParameters{1, 4096, 1});
  const base::Bytes data = test::random_bytes(random, 200'000);
  for (base::ByteView rest = data; rest.size() >= chunker.parameters().maximum();) {
    const std::size_t cut = chunker.next_cut(rest.first(chunker.parameters().maximum()));
    REQUIRE(cut == chunker.next_cut(rest));
    rest = rest.subspan(cut);
  }
}

TEST_CASE("chunker: an edit anywhere changes few chunks") {
  std::mt19937_64 random(7);
  const Chunker chunker(ChunkerParameters{1, 4096, 2});
  const base::Bytes data = test::random_bytes(random, 2 << 20);
  const std::set<ObjectId> before = ids_of(chunks_of(chunker, data));
  for (int round = 0; round < 12; ++round) {
    base::Bytes edited = data;
    // The first rounds insert and delete at the very start.
    const std::size_t at = round < 2 ? 0 : random() % (data.size() - 10);
    const auto where = edited.begin() + static_cast<long>(at);
    if (round % 2 == 0) {
      edited.insert(where, static_cast<std::uint8_t>(random()));
    } else {
      edited.erase(where, where + 5);
    }
    std::size_t fresh = 0;
    for (const ObjectId& id : ids_of(chunks_of(chunker, edited))) fresh += !before.contains(id);
    INFO("round " << round << ", offset " << at);
    REQUIRE(fresh >= 1);
    REQUIRE(fresh <= 5);
  }
}

TEST_CASE("chunker: another seed cuts elsewhere") {
  std::mt19937_64 random(8);
  const base::Bytes data = test::random_bytes(random, 1 << 20);
  const auto one = ids_of(chunks_of(Chunker(ChunkerParameters{1, 4096, 1}), data));
  const auto two = ids_of(chunks_of(Chunker(ChunkerParameters{1, 4096, 2}), data));
  std::size_t common = 0;
  for (const ObjectId& id : one) common += two.contains(id);
  REQUIRE(common <= 1);
}

TEST_CASE("chunker: the cuts of version 1 are fixed for ever") {
  std::mt19937_64 random(42);
  const base::Bytes data = test::random_bytes(random, 1 << 20);
  std::string lengths;
  for (const base::ByteView chunk : chunks_of(Chunker(ChunkerParameters{}), data)) {
    lengths += std::to_string(chunk.size()) + " ";
  }
  REQUIRE(lengths == "173755 296906 138752 169906 145376 123881 ");
}

TEST_CASE("chunker: impossible parameters are refused") {
  REQUIRE(ChunkerParameters{}.validate());
  REQUIRE(ChunkerParameters{1, 4096, 0}.validate());
  REQUIRE(ChunkerParameters{1, 4 << 20, 0}.validate());
  REQUIRE_FALSE(ChunkerParameters{2, 4096, 0}.validate());
  REQUIRE_FALSE(ChunkerParameters{0, 4096, 0}.validate());
  REQUIRE_FALSE(ChunkerParameters{1, 2048, 0}.validate());
  REQUIRE_FALSE(ChunkerParameters{1, 8 << 20, 0}.validate());
  REQUIRE_FALSE(ChunkerParameters{1, 5000, 0}.validate());
  REQUIRE_FALSE(ChunkerParameters{1, 0, 0}.validate());
}

}  // namespace vcs::object
