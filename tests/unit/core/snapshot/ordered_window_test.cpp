// SPDX-License-Identifier: Apache-2.0
// The window gives results to the sink in the order of the batches, holds a bounded number of
// batches, and gives nothing more after an error.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "core/snapshot/ordered_window.hpp"
#include "tests/support/listed_scan.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::snapshot {
namespace {

using test::must;
using Batch = OrderedWindow::Batch;
using Numbers = std::vector<std::uint64_t>;

// Window and sink; a batch is one file, whose size is the number of the batch.
struct Stage {
  explicit Stage(std::size_t readers = 0) : window(sink, readers, stop) {}

  Batch& open() { return window.open({test::listed_file("file", opened++)}); }
  std::vector<Batch*> open(std::size_t count) {
    std::vector<Batch*> batches;
    while (batches.size() < count) batches.push_back(&open());
    return batches;
  }
  static std::uint64_t number_of(const IngestedBatch& batch) {
    return batch.candidates.front().stat->size;
  }

  std::atomic<bool> cancel{false};
  StopSign stop{&cancel};
  std::uint64_t opened = 0;
  Numbers given;  // to the sink
  IngestSink sink = [this](IngestedBatch& batch) {
    given.push_back(number_of(batch));
    return base::Result<void>();
  };
  OrderedWindow window;
};

Numbers first_numbers(std::size_t count) {
  Numbers numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = i;
  return numbers;
}

}  // namespace

TEST_CASE("ordered window: results come in order, whichever batch is finished first") {
  test::SeededRandom random(7);
  for (int round = 0; round < 50; ++round) {
    Stage stage;
    const std::vector<Batch*> batches = stage.open(8);
    Numbers order = first_numbers(batches.size());
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    std::vector<bool> finished(batches.size());
    for (const std::uint64_t number : order) {
      must(stage.window.finished(*batches[number]));
      finished[number] = true;
      // The sink has at once all results before the first unfinished batch.
      const auto gap = std::find(finished.begin(), finished.end(), false);
      REQUIRE(stage.given == first_numbers(static_cast<std::size_t>(gap - finished.begin())));
    }
    REQUIRE(stage.window.empty());
  }
}

TEST_CASE("ordered window: a batch has room for the results of all its candidates") {
  Stage stage;
  REQUIRE(stage.window.open(test::listed_files(5, 1)).results.size() == 5);
}

TEST_CASE("ordered window: batches that wait, finished, count among those that there is room for") {
  Stage stage;
  constexpr std::size_t kLanes = 2;
  std::vector<Batch*> batches;
  while (stage.window.has_room(kLanes)) batches.push_back(&stage.open());
  REQUIRE(batches.size() == OrderedWindow::kBatchesPerLane * kLanes);
  for (std::size_t i = 1; i < batches.size(); ++i) must(stage.window.finished(*batches[i]));
  REQUIRE_FALSE(stage.window.has_room(kLanes));
  REQUIRE(stage.window.has_room(kLanes + 1));
  REQUIRE(stage.given.empty());

  must(stage.window.finished(*batches[0]));
  REQUIRE(stage.window.has_room(kLanes));
  REQUIRE(stage.given == first_numbers(batches.size()));
}

TEST_CASE("ordered window: no more batches are out than there may be readers") {
  Stage stage(2);
  stage.open();
  REQUIRE(stage.window.has_room(8));
  Batch& second = stage.open();
  REQUIRE_FALSE(stage.window.has_room(8));
  // The second batch waits for the first, but no reader has it any more.
  must(stage.window.finished(second));
  REQUIRE(stage.window.has_room(8));
}

TEST_CASE("ordered window: a batch can be finished while the sink is at work") {
  Stage stage;
  Batch& first = stage.open();
  Batch& second = stage.open();
  bool is_at_work = false;
  stage.sink = [&](IngestedBatch& batch) -> base::Result<void> {
    REQUIRE_FALSE(is_at_work);
    is_at_work = true;
    stage.given.push_back(Stage::number_of(batch));
    if (&batch == &first) VCS_TRY(stage.window.finished(second));
    is_at_work = false;
    return {};
  };
  must(stage.window.finished(first));
  REQUIRE(stage.given == Numbers{0, 1});
}

TEST_CASE("ordered window: a sink that has failed gets nothing more") {
  Stage stage;
  const std::vector<Batch*> batches = stage.open(3);
  stage.sink = [&](IngestedBatch& batch) -> base::Result<void> {
    stage.given.push_back(Stage::number_of(batch));
    return base::fail(base::ErrorCode::no_space, "the disk is full");
  };
  must(stage.window.finished(*batches[1]));
  const auto done = stage.window.finished(*batches[0]);
  REQUIRE_FALSE(done);
  REQUIRE(done.error().code == base::ErrorCode::no_space);
  must(stage.window.finished(*batches[2]));
  REQUIRE(stage.given == Numbers{0});
}

TEST_CASE("ordered window: the sink gets nothing when the lanes are stopped") {
  Stage stage;
  Batch& batch = stage.open();
  SECTION("by an error") {
    stage.stop.fail({base::ErrorCode::io, "the disk is broken", 0});
  }
  SECTION("by a person") {
    stage.cancel = true;
  }
  must(stage.window.finished(batch));
  REQUIRE(stage.given.empty());
}

TEST_CASE("ordered window: many threads, one order") {
  constexpr std::uint64_t kBatches = 2000;
  constexpr std::size_t kThreads = 4;
  Stage stage;
  std::mutex one_at_a_time;
  std::atomic<std::uint64_t> failures{0};
  const auto work = [&] {
    for (bool more = true; more;) {
      Batch* batch = nullptr;
      {
        const std::scoped_lock lock(one_at_a_time);
        more = stage.opened < kBatches;
        if (more && stage.window.has_room(kThreads)) batch = &stage.open();
      }
      if (batch == nullptr)
        std::this_thread::yield();
      else if (!stage.window.finished(*batch))
        ++failures;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  REQUIRE(failures == 0);
  REQUIRE(stage.window.empty());
  REQUIRE(stage.given == first_numbers(kBatches));
}

}  // namespace vcs::snapshot
