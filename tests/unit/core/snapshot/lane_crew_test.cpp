// SPDX-License-Identifier: Apache-2.0
// Waiting lanes are woken by the bell, by a governor that wants more lanes, and by the end.
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "core/snapshot/lane_bell.hpp"
#include "core/snapshot/lane_crew.hpp"
#include "core/snapshot/stop_sign.hpp"

namespace vcs::snapshot {
namespace {

// Three lanes that wait; answers(): 1 for each that was wanted in the end, 0 for the others.
class Waiting {
 public:
  explicit Waiting(LaneCrew& crew) : crew_(crew) {
    for (std::size_t i = 0; i < answers_.size(); ++i)
      threads_.emplace_back([this, i] { answers_[i] = crew_.wait_until_wanted(i + 1) ? 1 : 0; });
  }
  ~Waiting() {
    crew_.dismiss();
    join();
  }
  // Waits until all lanes have their answers.
  std::vector<int> answers() {
    join();
    return answers_;
  }

 private:
  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  LaneCrew& crew_;
  std::vector<int> answers_ = std::vector<int>(3, -1);
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("lane crew: whoever is wanted does not wait") {
  IngestProgress progress;
  LaneCrew crew({.start = 2, .most = 4}, {}, progress);
  REQUIRE(crew.wait_until_wanted(0));
  REQUIRE(crew.wait_until_wanted(1));
  REQUIRE(crew.lanes() == 2);
}

TEST_CASE("lane crew: its dismissal wakes all that wait, and keeps others from waiting") {
  IngestProgress progress;
  LaneCrew crew({.start = 1, .most = 4}, {}, progress);
  Waiting waiting(crew);
  crew.dismiss();
  REQUIRE(waiting.answers() == std::vector<int>{0, 0, 0});
  REQUIRE_FALSE(crew.wait_until_wanted(0));
  REQUIRE_FALSE(crew.wait_until_wanted(3));
}

TEST_CASE("lane crew: a lane wakes when the governor wants one more") {
  constexpr base::Nanos kStep = LaneGovernor::kInterval;
  IngestProgress progress;
  LaneCrew crew({.start = 1, .most = 4}, {}, progress);
  Waiting waiting(crew);
  // Each lane reads as much as the first, so that the governor adds lanes up to the limit.
  base::SteadyNanos now{};
  while (crew.lanes() < 4) {
    progress.bytes_done += 1'000'000 * crew.lanes();
    const base::SteadyNanos began = now;
    crew.batch_took(16, began, now += kStep);
  }
  REQUIRE(waiting.answers() == std::vector<int>{1, 1, 1});
  REQUIRE(progress.lanes == 4);
  REQUIRE(progress.readers == 4);
  REQUIRE(progress.batch_files == crew.batch_files());
}

TEST_CASE("lane crew: what is told of one lane alone, and of fewer readers than lanes") {
  IngestProgress progress;
  LaneCrew crew({.start = 3, .most = 3, .readers = 2}, {}, progress);
  constexpr base::SteadyNanos kFirst{}, kSecond{base::Nanos(1)}, kThird{base::Nanos(2)};
  crew.batch_took(1, kFirst, kSecond);
  REQUIRE(progress.lanes == 3);
  REQUIRE(progress.readers == 2);
  crew.work_alone();
  crew.batch_took(1, kSecond, kThird);
  REQUIRE(progress.lanes == 1);
  REQUIRE(progress.readers == 1);
}

TEST_CASE("lane bell: what rings during a look is not missed") {
  LaneBell bell;
  const std::uint64_t heard = bell.rings();
  bell.ring();
  bell.wait(heard);  // returns
  REQUIRE(bell.rings() != heard);
}

TEST_CASE("lane bell: one ring wakes everybody") {
  LaneBell bell;
  const std::uint64_t heard = bell.rings();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { bell.wait(heard); });
  bell.ring();
  for (std::thread& thread : threads) thread.join();
  REQUIRE(bell.rings() == heard + 1);
}

TEST_CASE("stop sign: the first error is told, and a person who cancels is none") {
  std::atomic<bool> cancel{false};
  StopSign sign(&cancel);
  REQUIRE_FALSE(sign.is_set());
  REQUIRE(sign.outcome());
  cancel = true;
  REQUIRE(sign.is_set());
  REQUIRE(sign.outcome().error().code == base::ErrorCode::cancelled);
  sign.fail({base::ErrorCode::no_space, "the disk is full", 0});
  sign.fail({base::ErrorCode::io, "the disk is broken", 0});
  REQUIRE(sign.outcome().error().code == base::ErrorCode::no_space);
}

TEST_CASE("stop sign: an error is enough") {
  StopSign sign(nullptr);
  sign.fail({base::ErrorCode::io, "the disk is broken", 0});
  REQUIRE(sign.is_set());
  REQUIRE(sign.outcome().error().code == base::ErrorCode::io);
}

}  // namespace vcs::snapshot
