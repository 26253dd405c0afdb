// SPDX-License-Identifier: Apache-2.0
// The chain of commits: how far a walk gets, where a lost commit ends it, and which commit descends
// from which.
#include "core/history/commit_chain.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/memory_object_store.hpp"
#include "tests/support/must.hpp"

namespace vcs::history {
namespace {

using base::ErrorCode;
using base::Result;
using object::ObjectId;
using test::must;
using Ids = std::vector<ObjectId>;

// A store of commits only. A test can make the reading of some of them fail with an I/O error.
class Chains final : public CommitSource {
 public:
  ObjectId add(const std::optional<ObjectId>& parent, std::uint64_t sequence) {
    object::Commit commit;
    commit.parent = parent;
    commit.sequence = sequence;
    commit.message = std::to_string(++made_);
    return store.put(object::ObjectKind::commit, object::encode_commit(commit));
  }

  // Adds `count` commits that follow `parent`, and returns them, the oldest first.
  Ids line(std::size_t count, std::optional<ObjectId> parent = {}, std::uint64_t sequence = 1) {
    Ids line;
    for (; line.size() < count; parent = line.back()) line.push_back(add(parent, sequence++));
    return line;
  }

  Result<object::Commit> read_commit(const ObjectId& id) override {
    if (failing.contains(id)) return base::fail(ErrorCode::io, "the disk fails");
    return StoreCommits(store).read_commit(id);
  }

  // The commits that a walk from `from` visits; it ends after `enough`.
  Ids walk(const ObjectId& from, std::size_t enough = SIZE_MAX) {
    Ids visited;
    lost = must(walk_back(*this, from, [&](const CommitStep& step) -> Result<bool> {
      visited.push_back(step.id);
      return visited.size() < enough;
    }));
    return visited;
  }
  bool descends(const ObjectId& from, const ObjectId& ancestor) {
    return must(descends_from(*this, from, ancestor));
  }

  test::MemoryObjectStore store;
  std::set<ObjectId> failing;
  std::optional<LostCommit> lost;  // by the last walk

 private:
  std::size_t made_ = 0;
};

TEST_CASE("commit chain: a walk visits parent after parent, to the first or until it is enough") {
  Chains chains;
  const Ids line = chains.line(4);
  CHECK(chains.walk(line[3]) == Ids{line[3], line[2], line[1], line[0]});
  CHECK_FALSE(chains.lost);
  CHECK(chains.walk(line[2], 2) == Ids{line[2], line[1]});
  CHECK_FALSE(chains.lost);
}

TEST_CASE("commit chain: a walk ends at a lost commit, and says which and why") {
  Chains chains;
  const Ids line = chains.line(4);
  SECTION("missing") {
    chains.store.lose(line[1]);
    CHECK(chains.walk(line[3]) == Ids{line[3], line[2]});
    REQUIRE(chains.lost);
    CHECK(chains.lost->id == line[1]);
    CHECK(chains.lost->why.code == ErrorCode::not_found);
  }
  SECTION("damaged, and the very first") {
    chains.store.damage(line[3]);
    CHECK(chains.walk(line[3]).empty());
    REQUIRE(chains.lost);
    CHECK(chains.lost->id == line[3]);
    CHECK(chains.lost->why.code == ErrorCode::corrupt);
  }
  SECTION("one beyond what is enough is not looked at") {
    chains.store.lose(line[1]);
    CHECK(chains.walk(line[3], 2) == Ids{line[3], line[2]});
    CHECK_FALSE(chains.lost);
  }
  SECTION("no commit at all") {
    const ObjectId blob = chains.store.put(object::ObjectKind::blob, "a blob");
    CHECK(chains.walk(chains.add(blob, 9)).size() == 1);
    REQUIRE(chains.lost);
    CHECK(chains.lost->id == blob);
  }
}

TEST_CASE("commit chain: what cannot be read now is not lost") {
  Chains chains;
  const Ids line = chains.line(4);
  chains.failing.insert(line[1]);
  std::size_t visited = 0;
  const auto walked = walk_back(chains, line[3], [&](const CommitStep&) -> Result<bool> {
    ++visited;
    return true;
  });
  REQUIRE_FALSE(walked);
  CHECK(walked.error().code == ErrorCode::io);
  CHECK(visited == 2);
  CHECK(descends_from(chains, line[3], line[0]).error().code == ErrorCode::io);
  CHECK(read_step_if_whole(chains, line[1]).error().code == ErrorCode::io);
}

TEST_CASE("commit chain: an error of the visitor ends the walk, also one that tells of a loss") {
  Chains chains;
  const Ids line = chains.line(2);
  const auto walked = walk_back(chains, line[1], [&](const CommitStep&) -> Result<bool> {
    return base::fail(ErrorCode::corrupt, "a tree is damaged");
  });
  REQUIRE_FALSE(walked);
  CHECK(walked.error().message == "a tree is damaged");
}

TEST_CASE("commit chain: a commit descends from itself and from all before it, and from no other") {
  Chains chains;
  const Ids line = chains.line(5);
  const Ids branch = chains.line(3, line[2], 4);
  const Ids other = chains.line(2);
  CHECK(chains.descends(line[4], line[4]));
  CHECK(chains.descends(line[4], line[3]));
  CHECK(chains.descends(line[4], line[0]));
  CHECK(chains.descends(branch[2], line[2]));
  CHECK_FALSE(chains.descends(line[3], line[4]));
  CHECK_FALSE(chains.descends(branch[2], line[3]));
  CHECK_FALSE(chains.descends(line[4], other[0]));
}

TEST_CASE("commit chain: who descends is told without a look at what is older than the ancestor") {
  Chains chains;
  const Ids line = chains.line(50);
  const Ids branch = chains.line(2, line[45], 47);
  const std::uint64_t before = chains.store.reads();
  CHECK_FALSE(chains.descends(branch[1], line[47]));
  CHECK(chains.descends(line[49], line[47]));
  CHECK(chains.store.reads() - before < 10);
}

TEST_CASE("commit chain: nothing is known to descend from what lies beyond a lost commit") {
  Chains chains;
  const Ids line = chains.line(5);
  chains.store.lose(line[2]);
  CHECK_FALSE(chains.descends(line[4], line[1]));
  CHECK(chains.descends(line[4], line[3]));
  CHECK(chains.descends(line[1], line[0]));
  // The possible ancestor must be readable; the commit where the walk begins may be lost.
  CHECK(descends_from(chains, line[4], line[2]).error().code == ErrorCode::not_found);
  CHECK_FALSE(chains.descends(line[2], line[0]));
}

TEST_CASE("commit chain: one commit is read, and its parent") {
  Chains chains;
  const Ids line = chains.line(2);
  const CommitStep step = must(read_step(chains, line[1]));
  CHECK(step.id == line[1]);
  CHECK(step.commit.sequence == 2);
  const auto first = must(parent_of(chains, step));
  REQUIRE(first);
  CHECK(first->id == line[0]);
  CHECK_FALSE(must(parent_of(chains, *first)));

  chains.store.lose(line[0]);
  CHECK_FALSE(must(read_step_if_whole(chains, line[0])));
  const auto lost = parent_of(chains, step);
  REQUIRE_FALSE(lost);
  CHECK(lost.error().message.starts_with("commit " + line[0].short_hex() + ": "));
}

}  // namespace
}  // namespace vcs::history
