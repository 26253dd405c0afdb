// SPDX-License-Identifier: Apache-2.0
// Tests of agent/loop/errands.
#include "agent/loop/errands.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <new>
#include <string>

#include "tests/support/manual_clock.hpp"
#include "tests/support/manual_loop.hpp"

using namespace vcs;
using agent::loop::Errands;
using agent::loop::Pool;
using base::Result;

namespace {

struct Stage {
  void work() {
    while (loop.work_once()) continue;
    loop.turn();
  }
  test::ManualClock clock;
  test::ManualLoop loop{clock};
  std::unique_ptr<Errands> errands = std::make_unique<Errands>(loop);
};

}  // namespace

TEST_CASE("errands: what the work gives comes back on the loop") {
  Stage stage;
  std::string given, plain;
  stage.errands->run(
      Pool::query, [] { return Result<std::string>("42"); },
      [&](Result<std::string> result) { given = *result; });
  stage.errands->run(
      Pool::query, [&] { plain = "worked"; }, [&] { plain += ", told"; });
  CHECK_FALSE(stage.errands->is_idle());
  CHECK(given.empty());
  stage.work();
  CHECK(given == "42");
  CHECK(plain == "worked, told");
  CHECK(stage.errands->is_idle());
}

TEST_CASE("errands: that memory is short is what the work gives") {
  Stage stage;
  base::ErrorCode code = base::ErrorCode::io;
  stage.errands->run(
      Pool::query, []() -> Result<int> { throw std::bad_alloc(); },
      [&](const Result<int>& result) { code = result.error().code; });
  stage.work();
  CHECK(code == base::ErrorCode::unavailable);
  CHECK(stage.errands->is_idle());
}

TEST_CASE("errands: nothing comes back for an owner that is gone") {
  Stage stage;
  int worked = 0, told = 0;
  stage.errands->run(
      Pool::query, [&] { ++worked; }, [&] { ++told; });
  stage.errands->drain([&] { ++told; });
  stage.errands.reset();
  stage.work();
  CHECK(worked == 1);
  CHECK(told == 0);
}

TEST_CASE("errands: a result may end its owner, and begin other work") {
  Stage stage;
  int told = 0;
  stage.errands->run(
      Pool::query, [] {},
      [&] {
        ++told;
        stage.errands->run(
            Pool::query, [] {},
            [&] {
              ++told;
              stage.errands.reset();
            });
        CHECK_FALSE(stage.errands->is_idle());
      });
  stage.work();
  CHECK(told == 2);
}

TEST_CASE("errands: it is told once when nothing is under way any more") {
  Stage stage;
  int drained = 0;

  SECTION("at once, but not within the call") {
    stage.errands->drain([&] { ++drained; });
    CHECK(drained == 0);
    stage.work();
  }
  SECTION("after the last, and what that began") {
    stage.errands->run(
        Pool::query, [] {},
        [&] {
          CHECK(drained == 0);
          stage.errands->run(
              Pool::query, [] {}, [&] { CHECK(drained == 0); });
        });
    stage.errands->drain([&] { ++drained; });
    stage.loop.turn();
    CHECK(drained == 0);
    stage.work();
  }
  CHECK(drained == 1);
  stage.errands->run(
      Pool::query, [] {}, [] {});
  stage.work();
  CHECK(drained == 1);
}
