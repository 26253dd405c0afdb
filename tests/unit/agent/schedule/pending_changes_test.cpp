// SPDX-License-Identifier: Apache-2.0
// Tests of agent/schedule/pending_changes.
#include "agent/schedule/pending_changes.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "core/worktree/tree_scanner.hpp"
#include "tests/support/seeded_random.hpp"

using namespace vcs;
using agent::schedule::PendingChanges;
using agent::schedule::SettleOptions;
using agent::watch::Change;
using base::SteadyNanos;
using worktree::Mark;

namespace {

constexpr base::Nanos kMilli = std::chrono::milliseconds(1);
constexpr SteadyNanos kStart(1'000'000 * kMilli);
constexpr base::Nanos kQuiet = 500 * kMilli, kLatest = 5000 * kMilli, kDelete = 1000 * kMilli;

Change changed(const std::string& path) {
  return {path, false, false, false};
}
Change removed(const std::string& path) {
  return {path, false, true, false};
}
Change tree(const std::string& path) {
  return {path, true, false, false};
}

bool covers(const Mark& mark, const std::string& path) {
  return mark.path == path ||
         (mark.recursive && (mark.path.empty() || path.starts_with(mark.path + "/")));
}

bool covered(const std::vector<Mark>& marks, const std::string& path) {
  return std::any_of(marks.begin(), marks.end(),
                     [&](const Mark& mark) { return covers(mark, path); });
}

std::string any_path(test::SeededRandom& random) {
  std::string path;
  for (std::uint64_t depth = random.below(4); depth > 0; --depth)
    path += (path.empty() ? "" : "/") + std::string(1, static_cast<char>('!' + random.below(16)));
  std::replace(path.begin(), path.end(), '.', 'x');
  return path;
}

}  // namespace

TEST_CASE("pending changes: a change is due when it has been quiet") {
  PendingChanges pending({});
  CHECK_FALSE(pending.due());
  pending.add(changed("a"), kStart);
  CHECK(pending.due() == kStart + kQuiet);
  pending.add(changed("b"), kStart + 100 * kMilli);
  CHECK(pending.due() == kStart + 100 * kMilli + kQuiet);
  CHECK(pending.take_all() == std::vector<Mark>{{"a", false}, {"b", false}});
  CHECK_FALSE(pending.due());
  CHECK(pending.empty());
}

TEST_CASE("pending changes: continuous writing does not starve a snapshot") {
  PendingChanges pending({});
  SteadyNanos now = kStart;
  for (; now < kStart + 20'000 * kMilli; now += 10 * kMilli) {
    pending.add(changed("log"), now);
    REQUIRE(*pending.due() <= kStart + kLatest);
  }
  CHECK(pending.due() == kStart + kLatest);
}

TEST_CASE("pending changes: a removal waits for what replaces it") {
  PendingChanges pending({});
  pending.add(removed("report.doc"), kStart);
  CHECK(pending.due() == kStart + kDelete);
  SECTION("it comes: nothing is missing any more") {
    pending.add(changed("report.doc"), kStart + 300 * kMilli);
    CHECK(pending.due() == kStart + 300 * kMilli + kQuiet);
  }
  SECTION("it does not come, and others are removed for ever") {
    for (SteadyNanos now = kStart; now < kStart + 9000 * kMilli; now += 100 * kMilli)
      pending.add(removed("tmp" + std::to_string((now - kStart).count())), now);
    CHECK(pending.due() == kStart + kLatest);
  }
  SECTION("a folder appears above it") {
    pending.add(tree(""), kStart + kMilli);
    CHECK(pending.due() == kStart + kMilli + kQuiet);
  }
}

TEST_CASE("pending changes: marks that came back wait alone, or go along") {
  PendingChanges pending({});
  pending.add(Mark{"a", false}, kStart + 9000 * kMilli);
  pending.add(Mark{"b", true}, kStart + 8000 * kMilli);
  CHECK(pending.due() == kStart + 8000 * kMilli);
  pending.add(changed("c"), kStart);
  CHECK(pending.due() == kStart + kQuiet);
  CHECK(pending.take_all().size() == 3);
  pending.add(Mark{"a", false}, kStart);
  CHECK(pending.due() == kStart);
}

TEST_CASE("pending changes: a recursive entry swallows all below it, and no other") {
  PendingChanges pending({});
  for (const char* path : {"a", "a/b", "a/b/c", "a!", "a-b", "b", "ab"})
    pending.add(changed(path), kStart);
  pending.add(tree("a/b/c"), kStart);
  pending.add(tree("a"), kStart);
  CHECK(pending.take_all() ==
        std::vector<Mark>{{"a", true}, {"a!", false}, {"a-b", false}, {"ab", false}, {"b", false}});
  pending.add(tree("a"), kStart);
  pending.add(removed("a/b"), kStart + kMilli);
  CHECK(pending.due() == kStart + kMilli + kDelete);
  CHECK(pending.size() == 1);
}

TEST_CASE("pending changes: what was written is said, whatever swallows it") {
  PendingChanges pending{SettleOptions{}};
  pending.add({"a/file", false, false, true, true}, kStart);
  pending.add({"b", false, true, false}, kStart);
  pending.add({"c", false, false, true, true}, kStart);
  pending.add({"c", false, true, false}, kStart + base::Nanos(1));
  pending.add({"a", true, false, false}, kStart + base::Nanos(2));
  const auto marks = pending.take_all();
  CHECK(marks ==
        std::vector<Mark>{{"a", true}, {"b", false}, {"c", false, true}, {"a/file", false, true}});
  CHECK(pending.take_all().empty());
  // Marks that come back are as they were taken.
  for (const Mark& mark : marks) pending.add(mark, kStart);
  CHECK(pending.take_all() == marks);
}

TEST_CASE("pending changes: options count from when they are set") {
  PendingChanges pending({});
  pending.add(changed("a"), kStart);
  SettleOptions options;
  options.quiet = std::chrono::milliseconds(20);
  pending.set_options(options);
  CHECK(pending.due() == kStart + 20 * kMilli);
}

TEST_CASE("pending changes: as a list of all events has it") {
  const std::uint64_t seed = test::test_seed();
  CAPTURE(seed);
  test::SeededRandom random(seed);
  for (int round = 0; round < 200; ++round) {
    PendingChanges pending({});
    std::vector<Mark> model;
    SteadyNanos now = kStart, last{};
    for (std::uint64_t step = 1 + random.below(60); step > 0; --step) {
      now += random.below(200) * kMilli;
      const Change change{any_path(random), random.one_in(8), random.one_in(4), false};
      last = now;
      pending.add(change, now);
      model.push_back({change.path, change.recursive});
      const auto due = pending.due();
      REQUIRE(due);
      REQUIRE(*due <= last + kDelete);
    }
    const auto marks = pending.take_all();
    REQUIRE(marks == worktree::simplify_marks(model));
  }
}

TEST_CASE("pending changes: when it is due, as the rule says") {
  const std::uint64_t seed = test::test_seed();
  CAPTURE(seed);
  test::SeededRandom random(seed);
  for (int round = 0; round < 300; ++round) {
    PendingChanges pending({});
    std::map<std::string, std::pair<SteadyNanos, bool>> model;
    SteadyNanos now = kStart, first{};
    for (std::uint64_t step = 1 + random.below(60); step > 0; --step) {
      now += random.below(200) * kMilli;
      if (first == SteadyNanos{}) first = now;
      const Change change{std::to_string(random.below(5)), false, random.one_in(3), false};
      pending.add(change, now);
      model[change.path] = {now, change.deleted};
      SteadyNanos settled{};
      for (const auto& [path, entry] : model)
        settled = std::max(settled, entry.first + (entry.second ? kDelete : kQuiet));
      REQUIRE(pending.due() == std::min(settled, first + kLatest));
    }
  }
}

TEST_CASE("pending changes: any number of paths stays bounded and none is forgotten") {
  const auto spread = GENERATE(1u, 3u, 1000u, 1'000'000u);
  PendingChanges pending({});
  const auto path = [&](std::uint32_t each) {
    return "top/" + std::to_string(each % spread) + "/" + std::to_string(each / 7 % 1000) + "/" +
           std::to_string(each);
  };
  constexpr std::uint32_t kCount = 250'000;
  for (std::uint32_t each = 0; each < kCount; ++each) {
    pending.add(changed(path(each)), kStart);
    if (pending.size() > PendingChanges::kMostEntries) FAIL(pending.size());
  }
  CHECK(pending.due() == kStart + kQuiet);
  const auto marks = pending.take_all();
  CHECK(marks.size() <= PendingChanges::kMostEntries);
  CHECK(marks == worktree::simplify_marks(marks));
  std::map<std::string, bool> by_path;
  for (const Mark& mark : marks) by_path[mark.path] = mark.recursive;
  for (std::uint32_t each = 0; each < kCount; each += 97) {
    std::string at = path(each);
    bool found = by_path.contains(at);
    while (!found && !at.empty()) {
      const std::size_t slash = at.rfind('/');
      at.resize(slash == std::string::npos ? 0 : slash);
      const auto mark = by_path.find(at);
      found = mark != by_path.end() && mark->second;
    }
    if (!found) FAIL(path(each));
  }
}

TEST_CASE("pending changes: the fullest folder collapses first, the root last") {
  PendingChanges pending({});
  for (std::size_t each = 0; each < PendingChanges::kMostEntries; ++each)
    pending.add(changed("full/" + std::to_string(each)), kStart);
  pending.add(changed("other/a"), kStart);
  pending.add(changed("other/b"), kStart);
  const auto marks = pending.take_all();
  CHECK(marks == std::vector<Mark>{{"full", true}, {"other/a", false}, {"other/b", false}});
  for (std::size_t each = 0; each <= PendingChanges::kMostEntries; ++each)
    pending.add(changed(std::to_string(each)), kStart);
  CHECK(pending.take_all() == std::vector<Mark>{{"", true}});
}

TEST_CASE("pending changes: collapsing keeps what a removal waits for") {
  PendingChanges pending({});
  for (std::size_t each = 0; each <= PendingChanges::kMostEntries; ++each)
    pending.add(removed("full/" + std::to_string(each)), kStart);
  CHECK(pending.size() == 1);
  CHECK(pending.due() == kStart + kDelete);
  CHECK(covered(pending.take_all(), "full/1"));
}
