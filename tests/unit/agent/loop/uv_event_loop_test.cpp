// SPDX-License-Identifier: Apache-2.0
// Background work that runs out of memory still reports its end.
#include "agent/loop/uv_event_loop.hpp"

#include <catch2/catch.hpp>
#include <cerrno>
#include <memory>
#include <new>
#include <optional>

#include "tests/support/failing_memory.hpp"

namespace vcs::agent::loop {
namespace {

struct Stage {
  base::ThreadPool pool{2, "test"};
  UvEventLoop loop{{pool, pool, pool, pool, pool}};
};

}  // namespace

TEST_CASE("memory: work in the background that finds none ends, and its result says so") {
  Stage stage;
  int ended = 0;
  std::optional<base::Result<int>> told;
  stage.loop.run_in_background(
      Pool::query, [] { throw std::bad_alloc(); }, [&] { ++ended; });
  run_for_result(
      stage.loop, Pool::query, []() -> base::Result<int> { throw std::bad_alloc(); },
      [&](base::Result<int> result) {
        told = std::move(result);
        stage.loop.stop();
      });
  stage.loop.run();
  CHECK(ended == 1);
  REQUIRE(told);
  REQUIRE_FALSE(*told);
  CHECK(told->error().os_error == ENOMEM);
}

TEST_CASE("memory: the end of work is told although there is none at all") {
  Stage stage;
  std::unique_ptr<test::FailingMemory> none;
  bool ended = false;
  std::uint64_t failures = 0;
  run_for_result(
      stage.loop, Pool::query,
      [&]() -> base::Result<int> {
        none.reset(new test::FailingMemory(test::FailingMemory::of_size(1)));
        throw std::bad_alloc();
      },
      [&](const base::Result<int>& result) {
        failures = none->failures();
        none.reset();
        ended = !result && result.error().os_error == ENOMEM;
        stage.loop.stop();
      });
  stage.loop.run();
  CHECK(ended);
  CHECK(failures > 0);
}

}  // namespace vcs::agent::loop
