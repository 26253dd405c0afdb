// SPDX-License-Identifier: Apache-2.0
// Many lanes bring the pieces of a chunk list in any order; the result is the list of the file.
#include <catch2/catch.hpp>
#include <thread>
#include <utility>

#include "core/object/hasher.hpp"
#include "core/snapshot/shared_chunk_list.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::snapshot {
namespace {

using test::must;
using Entries = SharedChunkList::Entries;

base::Result<void> drop(const object::ObjectId&, base::Bytes) {
  return {};
}

Entries joined(const std::vector<Entries>& pieces) {
  Entries all;
  for (const Entries& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

// Pieces of a file, each of a few chunks; some neighbours are the same chunk.
std::vector<Entries> any_pieces(test::SeededRandom& random, std::size_t count) {
  std::vector<Entries> pieces(count);
  for (Entries& piece : pieces) {
    piece.resize(1 + random.below(40));
    for (object::ChunkListEntry& entry : piece) {
      const std::uint64_t content = random.below(50);
      entry = {object::hash_bytes(base::as_bytes(std::to_string(content))), 1000 + content};
    }
  }
  return pieces;
}

}  // namespace

TEST_CASE("shared chunk list: pieces in any order give the list of the file") {
  test::SeededRandom random(11);
  for (int round = 0; round < 20; ++round) {
    const std::vector<Entries> pieces = any_pieces(random, 30);
    const object::ObjectId expected = must(object::build_chunk_list(joined(pieces), drop));
    SharedChunkList list(drop);
    std::vector<std::size_t> open;  // numbers of the pieces that are not given yet
    std::size_t next = 0;
    while (next < pieces.size() || !open.empty()) {
      if (next < pieces.size() && (open.size() < 4 || random.below(2) == 0)) {
        list.opened();
        open.push_back(next++);
        continue;
      }
      std::swap(open[random.below(open.size())], open.back());
      list.entered(open.back(), pieces[open.back()]);
      list.closed(true);
      open.pop_back();
      REQUIRE(list.has_open_pieces() == !open.empty());
      must(list.grow());
    }
    const object::ContentRef content = must(list.finish());
    REQUIRE(content.kind == object::ContentKind::chunks);
    REQUIRE(content.id == expected);
    REQUIRE_FALSE(list.lacked_memory());
  }
}

TEST_CASE("shared chunk list: many threads bring the pieces") {
  test::SeededRandom random(12);
  const std::vector<Entries> pieces = any_pieces(random, 400);
  SharedChunkList list(drop);
  for (std::size_t i = 0; i < pieces.size(); ++i) list.opened();

  constexpr std::size_t kThreads = 4;
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (std::size_t i = thread; i < pieces.size(); i += kThreads) {
        list.entered(i, pieces[i]);
        list.closed(true);
      }
    });
  while (list.has_open_pieces()) must(list.grow());
  for (std::thread& thread : threads) thread.join();
  REQUIRE(must(list.finish()).id == must(object::build_chunk_list(joined(pieces), drop)));
}

TEST_CASE("shared chunk list: a piece without memory is remembered, and a file may have none") {
  SharedChunkList list(drop);
  REQUIRE(must(list.finish()).kind == object::ContentKind::none);
  list.opened();
  list.closed(false);
  REQUIRE_FALSE(list.has_open_pieces());
  REQUIRE(list.lacked_memory());
}

}  // namespace vcs::snapshot
