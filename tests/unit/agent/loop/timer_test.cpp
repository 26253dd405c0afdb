// SPDX-License-Identifier: Apache-2.0
// Tests of agent/loop/timer.
#include "agent/loop/timer.hpp"

#include <catch2/catch.hpp>
#include <memory>

#include "tests/support/manual_clock.hpp"
#include "tests/support/manual_loop.hpp"

using namespace vcs;
using agent::loop::Timer;
using std::chrono::seconds;

TEST_CASE("timer: it calls once, when its time has come") {
  test::ManualClock clock;
  test::ManualLoop loop(clock);
  Timer timer(loop);
  CHECK_FALSE(timer.waits());
  int calls = 0;
  timer.start(seconds(2), [&] { ++calls; });
  CHECK(timer.waits());
  loop.advance(seconds(1));
  CHECK(calls == 0);
  loop.advance(seconds(1));
  CHECK(calls == 1);
  CHECK_FALSE(timer.waits());
  loop.advance(seconds(9));
  CHECK(calls == 1);
}

TEST_CASE("timer: what is started takes the place of what waits, and a stop takes it back") {
  test::ManualClock clock;
  test::ManualLoop loop(clock);
  Timer timer(loop);
  int first = 0, second = 0;
  timer.start(seconds(1), [&] { ++first; });
  timer.start(seconds(2), [&] { ++second; });
  loop.advance(seconds(5));
  CHECK(first == 0);
  CHECK(second == 1);
  timer.start(seconds(1), [&] { ++first; });
  timer.stop();
  CHECK_FALSE(timer.waits());
  timer.stop();
  loop.advance(seconds(5));
  CHECK(first == 0);
}

TEST_CASE("timer: its task may start it again, or end it") {
  test::ManualClock clock;
  test::ManualLoop loop(clock);
  auto timer = std::make_unique<Timer>(loop);
  int calls = 0;
  std::function<void()> again = [&] {
    if (++calls < 3) return timer->start(seconds(1), again);
    timer.reset();
  };
  timer->start(seconds(1), again);
  loop.advance(seconds(9));
  CHECK(calls == 3);
  CHECK(timer == nullptr);
}

TEST_CASE("timer: nothing is called when its owner is gone") {
  test::ManualClock clock;
  test::ManualLoop loop(clock);
  int calls = 0;
  {
    Timer timer(loop);
    timer.start(seconds(1), [&] { ++calls; });
  }
  loop.advance(seconds(9));
  CHECK(calls == 0);
}
