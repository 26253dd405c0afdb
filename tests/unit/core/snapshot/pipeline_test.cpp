// SPDX-License-Identifier: Apache-2.0
// The pipeline on trees that do not fit its portions: many files, one large folder, holes.
#include <fcntl.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "core/history/repository.hpp"
#include "core/snapshot/lane_governor.hpp"
#include "core/tree/tree.hpp"
#include "tests/support/must.hpp"
#include "tests/support/workshop.hpp"

namespace vcs::snapshot {
namespace {

using test::must;
using test::Workshop;

void save_many(Workshop& workshop, int files) {
  for (int i = 0; i < files; ++i)
    workshop.save(i % 2 == 0 ? "large/f" + std::to_string(i)
                             : "d" + std::to_string(i % 97) + "/sub/f" + std::to_string(i),
                  "content " + std::to_string(i % 1000));
}

// 8 MiB: some data, then nothing, then some data. With holes, or with the zeros written out.
void write_mostly_zeros(const std::string& path, bool with_holes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  const std::string zeros(1 << 20, '\0'), data(100'000, 'x');
  for (int i = 0; i < 8 && !with_holes; ++i)
    REQUIRE(::write(fd, zeros.data(), zeros.size()) == static_cast<ssize_t>(zeros.size()));
  REQUIRE(::ftruncate(fd, 8 << 20) == 0);
  for (const off_t offset : {off_t{4096}, off_t{7 << 20}})
    REQUIRE(::pwrite(fd, data.data(), data.size(), offset) == static_cast<ssize_t>(data.size()));
  ::close(fd);
}

}  // namespace

TEST_CASE("pipeline: one lane and four give the same tree") {
  Workshop alone(nullptr, 1), together(nullptr, 4);
  save_many(alone, 300);
  save_many(together, 300);
  alone.snap();
  together.snap();
  REQUIRE(together.tree() == together.disk());
  REQUIRE(alone.tree() == together.tree());
}

TEST_CASE("pipeline: more files than are gathered at once, in a folder of more than one part") {
  constexpr int kFiles = 17'000;
  Workshop workshop;
  save_many(workshop, kFiles);
  const auto first = workshop.snap();
  REQUIRE(must(tree::tree_totals(workshop.repository().nodes(), first.commit.tree)).files ==
          kFiles);
  // The index has all files with their content.
  must(workshop.reopen());
  REQUIRE_FALSE(workshop.snap().created);

  workshop.remove("large");
  for (int i = 0; i < 97; ++i) workshop.remove("d" + std::to_string(i));
  REQUIRE(workshop.snap().commit.changed.deleted == first.commit.changed.added);
  REQUIRE(workshop.tree().empty());
}

TEST_CASE("pipeline: a file with holes is the same content as the zeros written out") {
  Workshop workshop;
  write_mostly_zeros(workshop.at("holes"), true);
  write_mostly_zeros(workshop.at("zeros"), false);
  const auto root = workshop.snap().commit.tree;
  const auto holes = must(tree::find_entry(workshop.repository().nodes(), root, "holes"));
  const auto zeros = must(tree::find_entry(workshop.repository().nodes(), root, "zeros"));
  REQUIRE(holes);
  REQUIRE(zeros);
  REQUIRE(holes->content.kind == object::ContentKind::chunks);
  REQUIRE(holes->content == zeros->content);
}

TEST_CASE("lane governor: a thread more stays only while it pays") {
  constexpr base::Nanos kStep = LaneGovernor::kInterval;
  base::SteadyNanos now{};
  std::uint64_t work = 0;
  LaneGovernor governor({2, 8, 0}, now);
  const auto run = [&](auto speed, int intervals) {
    for (int i = 0; i < intervals; ++i) {
      work += speed(governor.lanes());
      governor.measure(work, now += kStep);
    }
  };
  SECTION("files in memory: two cores, two threads") {
    run([](std::size_t) { return std::uint64_t{1000}; }, 50);
    REQUIRE(governor.lanes() <= 3);  // sometimes the governor tries one more
  }
  SECTION("a slow disk: all that are allowed") {
    run([](std::size_t lanes) { return std::uint64_t{100} * lanes; }, 50);
    REQUIRE(governor.lanes() >= 7);  // sometimes the governor tries one fewer
  }
  SECTION("what chance has added goes again") {
    run([](std::size_t lanes) { return std::uint64_t{100} * lanes; }, 50);
    run([](std::size_t) { return std::uint64_t{800}; }, 200);
    REQUIRE(governor.lanes() <= 3);
  }
  SECTION("pinned") {
    LaneGovernor pinned({3, 3, 0}, now);
    pinned.measure(1000, now + kStep);
    pinned.measure(9000, now + 2 * kStep);
    REQUIRE(pinned.lanes() == 3);
  }
}

TEST_CASE("lane governor: a thread fewer is tried only where one more is in the way") {
  constexpr base::Nanos kStep = LaneGovernor::kInterval;
  const auto lanes_after = [&](auto speed, int intervals) {
    base::SteadyNanos now{};
    LaneGovernor governor({4, 8, 0, 1, 0}, now);
    std::uint64_t work = 0;
    std::size_t fewest = 4;
    for (int i = 0; i < intervals; ++i) {
      work += speed(governor.lanes());
      governor.measure(work, now += kStep);
      fewest = std::min(fewest, governor.lanes());
    }
    return std::pair(fewest, governor.lanes());
  };
  // A disk head must move between the readers.
  const auto seeks = [](std::size_t lanes) { return std::uint64_t{10'000} / lanes; };
  REQUIRE(lanes_after(seeks, 100).second <= 2);
  const auto steady = [](std::size_t lanes) {
    return std::uint64_t{100} * std::min<std::size_t>(lanes, 4);
  };
  REQUIRE(lanes_after(steady, 100).first == 4);
}

TEST_CASE("lane governor: batches take about as long as they should") {
  LaneGovernor governor({1, 1, 0}, {});
  for (int i = 0; i < 10; ++i) governor.batch_took(governor.batch_files(), base::Nanos(1));
  REQUIRE(governor.batch_files() == LaneGovernor::kMostBatch);
  for (int i = 0; i < 10; ++i)
    governor.batch_took(governor.batch_files(), 10 * LaneGovernor::kBatchTime);
  REQUIRE(governor.batch_files() == LaneGovernor::kLeastBatch);

  LaneGovernor pinned({1, 1, 0, 1, 40}, {});
  pinned.batch_took(40, base::Nanos(1));
  REQUIRE(pinned.batch_files() == 40);
}

}  // namespace vcs::snapshot
