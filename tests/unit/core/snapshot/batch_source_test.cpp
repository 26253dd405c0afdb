// SPDX-License-Identifier: Apache-2.0
// The batch source gives the files of the walk to the lanes in tree order and in portions, counts
// each once, and loses none.
#include <catch2/catch.hpp>

#include "core/snapshot/batch_source.hpp"
#include "tests/support/listed_scan.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/must.hpp"

namespace vcs::snapshot {
namespace {

using test::must;
using Batch = OrderedWindow::Batch;

constexpr std::uint64_t kLarge = 1 << 20;
constexpr std::size_t kAll = 1'000'000;

// A source and the stages around it.
struct Stage {
  explicit Stage(std::vector<worktree::Candidate> files, std::size_t step = kAll,
                 LaneLimits limits = {})
      : scan(std::move(files), step), crew(limits, {}, progress) {}

  void read_all() {
    while (!source.is_exhausted()) {
      if (Batch* batch = source.next()) must(window.finished(*batch));
      scan.advance();
    }
  }

  test::ListedScan scan;
  test::ManualClock clock;
  IngestProgress progress;
  StopSign stop{nullptr};
  LaneBell bell;
  LaneCrew crew;
  std::function<bool(const worktree::Candidate&)> known;
  Survey::Look look;
  std::vector<std::string> read;  // paths in the order of the sink
  IngestSink sink = [this](IngestedBatch& batch) {
    for (const worktree::Candidate& candidate : batch.candidates) read.push_back(candidate.path);
    return base::Result<void>();
  };
  Survey survey{look, clock, stop, progress};
  OrderedWindow window{sink, 0, stop};
  Listing listing{scan, kLarge, known, progress};
  BatchSource source{listing, window, crew, survey, bell};
};

std::vector<std::string> paths_of(const std::vector<worktree::Candidate>& candidates) {
  std::vector<std::string> paths;
  for (const worktree::Candidate& candidate : candidates) paths.push_back(candidate.path);
  return paths;
}

}  // namespace

TEST_CASE("batch source: everything comes once, in tree order") {
  const auto files = test::listed_files(1000, 10);
  Stage stage(files, 37);
  stage.read_all();
  REQUIRE(stage.read == paths_of(files));
  REQUIRE(stage.window.empty());
  REQUIRE(stage.source.next() == nullptr);
  // The totals are known once the walk has ended.
  REQUIRE(stage.progress.files_total == 1000);
  REQUIRE(stage.progress.bytes_total == 10'000);
}

TEST_CASE("batch source: nothing is taken from the walk while the window is full") {
  Stage stage(test::listed_files(1000, 10), kAll, {.batch_files = 16});
  stage.scan.advance();
  std::vector<Batch*> batches;
  while (Batch* batch = stage.source.next()) batches.push_back(batch);
  REQUIRE(batches.size() == OrderedWindow::kBatchesPerLane);
  REQUIRE_FALSE(stage.source.is_exhausted());
  must(stage.window.finished(*batches.front()));
  REQUIRE(stage.source.next() != nullptr);
  REQUIRE(stage.source.next() == nullptr);
}

TEST_CASE("batch source: the look at how much there is takes nothing away") {
  const auto files = test::listed_files(20, 10);
  Stage stage(files);
  stage.scan.advance();
  REQUIRE(stage.source.is_small());
  REQUIRE_FALSE(stage.window.empty());  // so that no lane takes this for the end
  must(stage.window.finished(*stage.source.next()));
  REQUIRE(stage.read == paths_of(files));
}

TEST_CASE("batch source: many files, large files, and a walk that goes on are not small") {
  const auto is_small = [](std::vector<worktree::Candidate> files, std::size_t step) {
    Stage stage(std::move(files), step);
    stage.scan.advance();
    return stage.source.is_small();
  };
  REQUIRE(is_small(test::listed_files(64, 10), kAll));
  REQUIRE_FALSE(is_small(test::listed_files(65, 10), kAll));
  REQUIRE_FALSE(is_small(test::listed_files(2, 2 << 20), kAll));
  REQUIRE_FALSE(is_small(test::listed_files(2, 10), 1));
}

TEST_CASE("batch source: where nobody has to read what was taken, lanes are told to look again") {
  Stage stage(test::listed_files(10, 10));
  stage.known = [](const worktree::Candidate&) { return true; };
  stage.scan.advance();
  const std::uint64_t heard = stage.bell.rings();
  REQUIRE(stage.source.next() == nullptr);
  REQUIRE(stage.bell.rings() != heard);
  REQUIRE(stage.source.is_exhausted());
  REQUIRE(stage.window.empty());
  // The bell rings only once; otherwise lanes would ask for ever.
  const std::uint64_t after = stage.bell.rings();
  REQUIRE(stage.source.next() == nullptr);
  REQUIRE(stage.bell.rings() == after);
}

TEST_CASE("listing: a portion ends behind many files, much content, or very long paths") {
  IngestProgress progress;
  const std::function<bool(const worktree::Candidate&)> known;
  const auto portion = [&](std::vector<worktree::Candidate> files) {
    test::ListedScan scan(std::move(files), kAll);
    scan.advance();
    return Listing(scan, kLarge, known, progress).take(128).candidates.size();
  };
  constexpr std::size_t kLook = LaneGovernor::kLeastBatch;
  REQUIRE(portion(test::listed_files(500, 10)) == 128);
  REQUIRE(portion(test::listed_files(500, Listing::kPortionBytes)) == kLook);
  std::vector<worktree::Candidate> deep(
      500, test::listed_file(std::string(Listing::kPortionPathBytes / (2 * kLook), 'p'), 1));
  REQUIRE(portion(std::move(deep)) == 2 * kLook);
}

TEST_CASE(
    "listing: what needs no reading is left out and costs nothing, and neither do deletions") {
  auto files = test::listed_files(4, 100);
  files[1].stat.reset();
  files.push_back(test::listed_file("large", kLarge + 1));
  test::ListedScan scan(files, kAll);
  scan.advance();
  IngestProgress progress;
  const std::function<bool(const worktree::Candidate&)> known =
      [](const worktree::Candidate& candidate) { return candidate.path == "f2"; };
  Listing listing(scan, kLarge, known, progress);
  const Listing::Portion portion = listing.take(128);
  REQUIRE(portion.moved);
  REQUIRE(paths_of(portion.candidates) == std::vector<std::string>{"f0", "f1", "f3", "large"});
  REQUIRE(listing.found().files == 3);
  REQUIRE(listing.found().bytes == 200 + kLarge + 1);
  REQUIRE(progress.small_cost == 200 + 2 * kFileCost);
  REQUIRE(progress.large_cost == kLarge + 1 + kFileCost);
  REQUIRE(listing.is_finished());
  REQUIRE_FALSE(listing.take(128).moved);
}

TEST_CASE("survey: a second look counts what there is, once, when the work takes long") {
  test::ManualClock clock;
  IngestProgress progress;
  StopSign stop(nullptr);
  int looks = 0;
  const Survey::Look look = [&]() -> base::Result<std::unique_ptr<worktree::TreeScan>> {
    ++looks;
    return std::make_unique<test::ListedScan>(test::listed_files(100, 7), 9);
  };
  Survey survey(look, clock, stop, progress);
  SECTION("it takes long") {
    REQUIRE_FALSE(survey.take_if_due());
    clock.advance(Survey::kAfter);
    REQUIRE(survey.take_if_due());
    REQUIRE(progress.files_total == 100);
    REQUIRE(progress.bytes_total == 700);
    REQUIRE_FALSE(survey.take_if_due());
    survey.found_all(5, 5);
    REQUIRE(progress.files_total == 100);
    REQUIRE(looks == 1);
  }
  SECTION("the walk was through before") {
    survey.found_all(5, 6);
    clock.advance(Survey::kAfter);
    REQUIRE_FALSE(survey.take_if_due());
    REQUIRE(progress.files_total == 5);
    REQUIRE(progress.bytes_total == 6);
    REQUIRE(looks == 0);
  }
}

TEST_CASE("survey: without a second look, or when it fails, work goes on") {
  test::ManualClock clock;
  IngestProgress progress;
  StopSign stop(nullptr);
  Survey::Look look;
  Survey survey(look, clock, stop, progress);
  clock.advance(Survey::kAfter);
  REQUIRE_FALSE(survey.take_if_due());
  look = []() -> base::Result<std::unique_ptr<worktree::TreeScan>> {
    return base::fail(base::ErrorCode::io, "the root cannot be read");
  };
  REQUIRE(survey.take_if_due());
  REQUIRE(progress.files_total == 0);
}

}  // namespace vcs::snapshot
