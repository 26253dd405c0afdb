// Tests of agent/schedule/brake_window: when a look is due.
#include "agent/schedule/brake_window.hpp"

#include <catch2/catch.hpp>

using namespace vcs;
using agent::schedule::BrakeWindow;
using object::ObjectId;

namespace {

ObjectId commit(std::uint8_t number) {
  ObjectId id;
  id.bytes[0] = number;
  return id;
}

constexpr base::SteadyNanos kMinute = 60'000'000'000;

// A commit, and a look right after it if one is due.
std::optional<ObjectId> add(BrakeWindow& window, const ObjectId& parent,
                            const object::ChangeCounts& changed, base::SteadyNanos now) {
  window.add(parent, changed, now);
  return window.take_due();
}

}  // namespace

TEST_CASE("brake window: ordinary saves ask for nothing") {
  BrakeWindow window;
  for (std::uint8_t i = 0; i < 250; ++i)
    CHECK_FALSE(add(window, commit(i), {1000, 1, 1}, i * kMinute));
}

TEST_CASE("brake window: many small steps are one large one") {
  BrakeWindow window;
  for (std::uint8_t i = 0; i < 4; ++i) CHECK_FALSE(add(window, commit(i), {0, 5, 5}, 0));
  CHECK(add(window, commit(4), {0, 0, 10}, 0) == commit(0));
  // The next look when it has grown as much again.
  CHECK_FALSE(add(window, commit(5), {0, 49, 0}, 1));
  CHECK(add(window, commit(6), {0, 1, 0}, 1) == commit(0));
}

TEST_CASE("brake window: commits that follow each other closely share a look") {
  BrakeWindow window;
  CHECK_FALSE(window.take_due());
  for (std::uint8_t i = 0; i < 200; ++i) window.add(commit(i), {0, 5, 0}, i);
  CHECK(window.take_due() == commit(0));
  CHECK_FALSE(window.take_due());
}

TEST_CASE("brake window: what is older than ten minutes is another story") {
  BrakeWindow window;
  CHECK_FALSE(add(window, commit(0), {0, 49, 0}, 0));
  CHECK_FALSE(add(window, commit(1), {0, 49, 0}, 11 * kMinute));
  CHECK(add(window, commit(2), {0, 1, 0}, 20 * kMinute) == commit(1));
}

TEST_CASE("brake window: after a look at very much, what is new stands alone") {
  BrakeWindow window;
  CHECK(add(window, commit(0), {0, 5000, 0}, 0) == commit(0));
  CHECK_FALSE(add(window, commit(1), {0, 49, 0}, 1));
  CHECK(add(window, commit(2), {0, 1, 0}, 2) == commit(1));
}

TEST_CASE("brake window: while the brake is set, all is compared with what was well") {
  BrakeWindow window;
  CHECK(add(window, commit(0), {0, 0, 60}, 0) == commit(0));
  window.pin(commit(9));
  CHECK(add(window, commit(1), {0, 0, 60}, 60 * kMinute) == commit(9));
  window.reset();
  CHECK_FALSE(add(window, commit(2), {0, 0, 49}, 60 * kMinute));
  CHECK(add(window, commit(3), {0, 0, 1}, 60 * kMinute) == commit(2));
}
