// SPDX-License-Identifier: Apache-2.0
// The index on a disk that fails, and after a power cut: it may lag behind, but is never wrong.
#include <map>

#include "tests/support/fault_filesystem.hpp"
#include "tests/support/recording_filesystem.hpp"
#include "tests/unit/core/index/index_fixture.hpp"

namespace vcs::index {
namespace {

using test::id_of_number;
using test::Model;

// The state of the index after each commit, by the commit's id. With a tag of zero the index must
// be empty.
using States = std::map<object::ObjectId, Model>;

struct Step {
  enum class Kind { apply, merge, clear } kind = Kind::apply;
  std::vector<IndexChange> changes{};
};

std::vector<Step> make_steps(test::SeededRandom& random) {
  std::vector<Step> steps;
  for (int i = 0; i < 6; ++i) steps.push_back({Step::Kind::apply, test::random_changes(random, 8)});
  steps.insert(steps.begin() + 2, {Step::Kind::merge});
  steps.insert(steps.begin() + 5, {Step::Kind::clear});
  return steps;
}

// Runs all steps; a step that fails must leave memory as it was. Adds the possible disk states.
void run_steps(Index& index, const std::vector<Step>& steps, States& states) {
  Model model = test::content_of(index);
  std::uint64_t tag = 0;
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::apply) {
      Model next = model;
      test::apply_to(next, step.changes);
      states[id_of_number(++tag)] = next;
      if (index.apply(step.changes, id_of_number(tag))) model = std::move(next);
    } else if (step.kind == Step::Kind::merge) {
      (void)index.merge();
    } else if (index.clear()) {
      model.clear();
    }
    REQUIRE(test::content_of(index) == model);
    REQUIRE(index.stats().entries == model.size());
  }
}

void require_true_state(const Index& index, const States& states) {
  const auto state = states.find(index.tag());
  REQUIRE(state != states.end());
  REQUIRE(test::content_of(index) == state->second);
  REQUIRE(index.stats().entries == state->second.size());
}

}  // namespace

TEST_CASE("index: whatever call fails, memory keeps its state and the disk has a true one") {
  test::SeededRandom random(test::test_seed());
  const std::vector<Step> steps = make_steps(random);
  const auto posix = base::make_posix_filesystem();
  std::uint64_t calls = 0;
  {
    test::FaultFileSystem faults(*posix);
    const test::TemporaryFolder folder;
    States states{{{}, {}}};
    run_steps(*test::open_index(faults, folder.path()), steps, states);
    calls = faults.mutating_calls();
  }
  REQUIRE(calls > 20);
  for (std::uint64_t nth = 1; nth <= calls; ++nth) {
    const test::TemporaryFolder folder;
    States states{{{}, {}}};
    test::FaultFileSystem faults(*posix);
    faults.set_fault({.nth = nth,
                      .os_error = random.one_in(2) ? EIO : ENOSPC,
                      .all_after = random.one_in(2),
                      .half_write = random.one_in(2)});
    auto index = Index::open(*faults.open_directory(folder.path()), base::Log());
    if (index) run_steps(**index, steps, states);
    faults.clear_fault();
    index = Index::open(*faults.open_directory(folder.path()), base::Log());
    REQUIRE(index);
    require_true_state(**index, states);
    REQUIRE((*index)->apply({{"works", IndexEntry{}}}, id_of_number(99)));
    REQUIRE(test::open_index(folder.path())->find("works"));
  }
}

TEST_CASE("index: after a failed apply the next one goes through") {
  const auto posix = base::make_posix_filesystem();
  test::FaultFileSystem faults(*posix);
  const test::TemporaryFolder folder;
  const auto index = test::open_index(faults, folder.path());
  REQUIRE(index->apply({{"a", IndexEntry{}}}, id_of_number(1)));
  // The write leaves half of its bytes, and the truncation that would remove them fails too.
  faults.set_fault({.nth = 1, .os_error = ENOSPC, .all_after = true, .half_write = true});
  const auto failed =
      index->apply({{std::string(300, 'l'), IndexEntry{}}, {"m", IndexEntry{}}}, id_of_number(2));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == base::ErrorCode::no_space);
  CHECK(index->tag() == id_of_number(1));
  faults.clear_fault();
  REQUIRE(index->apply({{"b", IndexEntry{}}}, id_of_number(3)));
  const auto again = test::open_index(folder.path());
  CHECK(again->tag() == id_of_number(3));
  CHECK(test::content_of(*again) == Model{{"a", IndexEntry{}}, {"b", IndexEntry{}}});
}

TEST_CASE("index: after a power cut it is in a state that it once had") {
  test::SeededRandom random(test::test_seed());
  const std::vector<Step> steps = make_steps(random);
  const auto posix = base::make_posix_filesystem();
  const test::TemporaryFolder folder;
  test::RecordingFileSystem recording(*posix, folder.path());
  States states{{{}, {}}};
  run_steps(*test::open_index(recording, folder.path()), steps, states);

  const auto operations = recording.operations();
  for (std::size_t prefix = 0; prefix <= operations.size(); ++prefix) {
    for (int i = 0; i < 3; ++i) {
      const test::TemporaryFolder after;
      test::replay(test::random_crash(operations, prefix, random), after.path());
      const auto index = test::open_index(after.path());
      // Reads everything: a damaged block is noticed when it is read.
      const Model content = test::content_of(*index);
      if (index->was_reset()) {
        REQUIRE(index->tag().is_zero());
      } else {
        REQUIRE(content == test::content_of(*index));
        require_true_state(*index, states);
      }
    }
  }
}

}  // namespace vcs::index
